// What is wrong with an input, named as its author wrote it.
import { z } from 'zod';
import { toDetails } from './error-details';

const stage = z.union([
  z.strictObject({ canary: z.strictObject({ steps: z.array(z.number().max(50)) }) }),
  z.strictObject({ shadow: z.strictObject({ sample: z.string() }) }),
]);
const manifest = z.strictObject({
  name: z.string(),
  stages: z.array(stage),
  arms: z.record(z.string().regex(/^[a-z]+$/, 'a name in lower case'), z.number()).optional(),
});

const pathsOf = (input: unknown) => {
  const parsed = manifest.safeParse(input);
  return parsed.success ? [] : toDetails(parsed.error).map(({ path, message }) => `${path}: ${message}`);
};

it('names an unknown field, not its parent', () => {
  expect(pathsOf({ name: 'a', stages: [{ canary: { steps: [5], colour: 1 } }], size: 1 })).toEqual([
    'stages[0].canary.colour: unknown field',
    'size: unknown field',
  ]);
});

it('follows the branch of a union that its author meant', () => {
  expect(pathsOf({ name: 'a', stages: [{ canary: { steps: [5, 60] } }] })).toEqual([
    expect.stringMatching(/^stages\[0\]\.canary\.steps\[1\]: /),
  ]);
});

it('names the union itself where no branch was meant', () => {
  expect(pathsOf({ name: 'a', stages: ['canary'] })).toEqual(['stages[0]: Invalid input']);
});

it('names a bad key of a record with the reason', () => {
  expect(pathsOf({ name: 'a', stages: [], arms: { 'V 1': 1 } })).toEqual(['arms.V 1: a name in lower case']);
});

it('stops at fifty', () => {
  expect(pathsOf({ name: 'a', stages: Array.from({ length: 200 }, () => 'x') })).toHaveLength(50);
});
