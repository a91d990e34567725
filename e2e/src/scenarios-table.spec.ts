// docs/scenarios.md against the specs: each scenario is in it once, each test that it names exists, and no test bears a name that it does not know.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('docs/scenarios.md');

const range = (letter: string, from: number, to: number) =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => `${letter}${String(from + index).padStart(letter === 'S' ? 2 : 1, '0')}`,
  );
const asked = [
  ...[range('S', 1, 22), range('S', 30, 44), range('S', 50, 58), range('S', 74, 78), range('S', 84, 84)],
  ...[range('S', 90, 103), range('W', 1, 12), range('R', 1, 4)],
].flat();

/** The rows of a section's table, cells as they stand. */
function rowsOf(section: string): string[][] {
  const [, after = ''] = text.split(`${section}\n`);
  const lines = (after.split(/^## /m)[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** `S01, S11` and `S90 to S102`. */
const idsOf = (cell: string) =>
  cell.split(', ').flatMap((part) => {
    const [, letter = '', from = '', to = from] = /^([SRW])(\d+)(?: to [SRW](\d+))?$/.exec(part) ?? [];
    return range(letter, Number(from), Number(to));
  });

const held = rowsOf('# Scenarios of rollouts').map(([ids = '', , names = '']) => ({
  ids: idsOf(ids),
  names: names.split(', '),
}));
const others = [...rowsOf('## Still to come'), ...rowsOf('## Left out')].map(([ids = '']) => idsOf(ids));
const files = new Map(rowsOf('## Where the tests are').map(([name = '', path = '']) => [name, path]));

/** Those that the titles of a spec begin with: it('S02 ..., it('S40, S56 .... */
const titled = new Map(
  [...files].map(([name, path]) => [
    name,
    [...read(path).matchAll(/\(\s*['"`]((?:[SRW]\d+(?:, | and | ))+)/g)].flatMap(
      ([, ids = '']) => ids.match(/[SRW]\d+/g) ?? [],
    ),
  ]),
);

it('has every scenario once', () => {
  expect([...held.flatMap(({ ids }) => ids), ...others.flat()].sort()).toEqual([...asked].sort());
});

it.each(held)('$ids is held by a test of its name in each of $names', ({ ids, names }) => {
  const found = names.map((name) => titled.get(name) ?? []);
  expect(ids.filter((id) => !found.flat().includes(id))).toEqual([]);
  expect(names.filter((_, index) => !ids.some((id) => found[index]?.includes(id)))).toEqual([]);
});

it('knows every test that bears the name of a scenario', () => {
  const named = new Map(held.flatMap(({ ids, names }) => ids.map((id) => [id, names] as const)));
  const strangers = [...titled].flatMap(([name, ids]) =>
    ids.filter((id) => !named.get(id)?.includes(name)).map((id) => `${id} in ${name}`),
  );
  expect(strangers).toEqual([]);
});
