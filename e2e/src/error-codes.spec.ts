// docs/errors.md and the code say the same: every code is explained, none is explained that does not exist, and statuses agree.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Found, findErrorCodes } from './error-codes';

const root = join(__dirname, '../..');
const rows = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, code, second] = /^\| `([^`]+)` \| ([^|]+) \|/.exec(line) ?? [];
    return code && second ? [{ code, status: /^\d{3}$/.test(second) ? Number(second) : undefined }] : [];
  });

let found: Found;
beforeAll(() => (found = findErrorCodes(root)), 180_000);

const sorted = (codes: Iterable<string>) => [...new Set(codes)].sort();

it('finds codes where they are known to be', () => {
  const codes = found.codes.map(({ code }) => code);
  expect(codes).toEqual(
    expect.arrayContaining(['unauthenticated', 'dependency-down', 'slice-taken', 'kafka-away', 'invalid']),
  );
  expect(found.statuses.get('unauthenticated')).toBe(401);
  expect(found.statuses.get('payload-too-large')).toBe(413);
});

it('meets no code that is any text: somebody must be able to list them', () => {
  expect(found.open).toEqual([]);
});

it('explains every code', () => {
  const explained = new Set(rows.map(({ code }) => code));
  expect(found.codes.filter(({ code }) => !explained.has(code))).toEqual([]);
  expect([...found.statuses.keys()].filter((code) => !explained.has(code))).toEqual([]);
});

it('explains no code that does not exist, and none twice', () => {
  const existing = sorted([...found.codes.map(({ code }) => code), ...found.statuses.keys()]);
  expect(rows.map(({ code }) => code).sort()).toEqual(existing);
});

it('gives each code the status that it is answered with', () => {
  const answered = rows.filter(({ status }) => status !== undefined);
  const statuses = new Map(found.statuses).set('internal', 500); // the one that no table holds
  expect(answered.map(({ code, status }) => [code, status])).toEqual(
    answered.map(({ code }) => [code, statuses.get(code)]),
  );
  expect(answered.map(({ code }) => code).sort()).toEqual([...statuses.keys()].sort());
});
