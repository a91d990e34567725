// Answers go to topics that were meant for answers.
import { replyTopicFilter } from './reply-topics';

describe('reply topics', () => {
  const allowed = replyTopicFilter(['weir.reply.*', 'team-a']);

  it.each(['weir.reply.a', 'weir.reply.', 'weir.reply.team.b_1-x', 'team-a'])('%s may be replied to', (topic) => {
    expect(allowed(topic)).toBe(true);
  });

  it.each([
    'weir.prediction-served.v1',
    'weirXreply.a',
    'x.weir.reply.a',
    'team-ab',
    'team-a\n',
    'weir.reply.a/b',
    '',
    `weir.reply.${'a'.repeat(250)}`,
  ])('%j may not', (topic) => {
    expect(allowed(topic)).toBe(false);
  });
});
