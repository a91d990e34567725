// What is read of a guide as commands.
import { commandsOf } from './guide';

it('takes what is fenced as sh, in order and as it stands, and nothing else', () => {
  const markdown = [
    'Do this:\n\n```sh\ncat <<EOF\n```\nsay "`more`"\n', // a fence ends at the first line that begins with one
    '```yaml\nkind: Model\n```\n',
    'text ```sh not a fence\n\n```sh\nsecond\n```\n',
  ].join('\n');
  expect(commandsOf(markdown)).toEqual(['cat <<EOF\n', 'second\n']);
});
