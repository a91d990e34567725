// Text that may be spliced, and members cut out digit for digit.
import fc from 'fast-check';
import { depthOf, isSpliceable, memberText } from './json-text';

describe('JSON text', () => {
  it.each(['{}', '[]', '1', '"a"', ' {"a": [1, {"b": "]}"}]} ', 'null', '{"a":1,"a":2}'])(
    '%s may be spliced',
    (text) => {
      expect(isSpliceable(text)).toBe(true);
    },
  );

  it.each([
    '',
    ' ',
    '{},"arm":"v1"',
    '{}}',
    '{"a":1}{"b":2}',
    '{"a":1,}',
    "{'a':1}",
    'NaN',
    '\ufeff{}',
    '{"a":1}//',
    '{"a":\u00001}',
  ])('%j may not', (text) => {
    expect(isSpliceable(text)).toBe(false);
  });

  it('may not when it is deeper than those downstream can follow', () => {
    expect(isSpliceable('['.repeat(100) + ']'.repeat(100))).toBe(true);
    expect(isSpliceable('['.repeat(101) + ']'.repeat(101))).toBe(false);
    expect(isSpliceable('['.repeat(101) + ']'.repeat(101), true)).toBe(false);
    expect(isSpliceable('['.repeat(100_000) + ']'.repeat(100_000))).toBe(false);
    expect(depthOf('{"a[[[[{{{":"\\"]]["}')).toBe(1);
  });

  it('may be as wide as it likes', () => {
    expect(isSpliceable(`[${'[{}],'.repeat(200)}1]`)).toBe(true);
    expect(isSpliceable(`["${'['.repeat(200)}"]`)).toBe(true);
    expect(isSpliceable(`[${'{},'.repeat(60)}${'['.repeat(100)}${']'.repeat(100)}]`)).toBe(false);
  });

  it('gives up a member digit for digit', () => {
    const text = ' { "id" : "x", "request": {"n": 9007199254740993, "f": 1.0, "t": "a\\"}"} , "z":[1,"]",2]}';
    expect(memberText(text, 'request')).toBe('{"n": 9007199254740993, "f": 1.0, "t": "a\\"}"}');
    expect(memberText(text, 'z')).toBe('[1,"]",2]');
    expect(memberText(text, 'id')).toBe('"x"');
    expect(memberText(text, 'n')).toBeUndefined();
    expect(memberText('{}', 'a')).toBeUndefined();
    expect(memberText('{"\\u0061": 1 , "a": 2 }', 'a')).toBe('2');
  });

  it('has its members where JSON.parse finds them, however it is written (seed 20261123)', () => {
    const blanks = fc.constantFrom('', ' ', '\n\t', '  ');
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        blanks,
        fc.nat(3),
        (value, blank, indent) => {
          const text = blank + JSON.stringify(value, null, indent) + blank;
          const parsed = JSON.parse(text) as Record<string, unknown>;
          for (const name of Object.keys(parsed)) {
            const found = memberText(text, name);
            expect(found === undefined ? undefined : JSON.parse(found)).toEqual(parsed[name]);
          }
        },
      ),
      { seed: 20261123, numRuns: 500 },
    );
  });
});
