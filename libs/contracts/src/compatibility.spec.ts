// A change of an event must not break those who still send or read the old one.
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakingChanges } from './compatibility';
import { contracts } from './contracts';
import { jsonSchemas, renderSchema, type JsonSchema } from './json-schemas';

const folder = join(__dirname, '..', 'schemas');
const golden = join(__dirname, '..', 'golden');
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

describe('the committed JSON Schemas', () => {
  it.each([...jsonSchemas()])('%s is what the contract generates (npm run schemas)', (file, schema) => {
    expect(read(folder, file)).toBe(renderSchema(schema));
  });

  it('has a file for each event and no other', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    expect(files.sort()).toEqual([...jsonSchemas().keys()].sort());
  });
});

describe('compatibility with the released schemas', () => {
  it.each(readdirSync(join(folder, 'released')))('%s breaks nobody', (file) => {
    const present = jsonSchemas().get(file);
    expect(present).toBeDefined();
    expect(breakingChanges(JSON.parse(read(folder, 'released', file)) as JsonSchema, present ?? {})).toEqual([]);
  });

  const released: JsonSchema = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { enum: ['x', 'y'] } },
    required: ['a'],
  };
  it.each<[string, JsonSchema, string[]]>([
    [
      'an optional field that comes',
      { ...released, properties: { ...(released['properties'] as object), c: { type: 'number' } } },
      [],
    ],
    ['an optional field that goes', { ...released, properties: { a: { type: 'string' } } }, []],
    [
      'a field that becomes required',
      { ...released, required: ['a', 'b'] },
      ['$.b: is required now; old events lack it'],
    ],
    ['a field that becomes optional', { ...released, required: [] }, ['$.a: is optional now; old consumers need it']],
    ['another type', { ...released, properties: { a: { type: 'number' } } }, ['$.a: type was "string", is "number"']],
    [
      'another set of values',
      { ...released, properties: { ...(released['properties'] as object), b: { enum: ['x'] } } },
      ['$.b: enum was ["x","y"], is ["x"]'],
    ],
    ['closing the object', { ...released, additionalProperties: false }, ['$: additionalProperties changed']],
  ])('judges %s', (_change, present, expected) => {
    expect(breakingChanges(released, present)).toEqual(expected);
  });
});

describe('golden messages', () => {
  const messages = readdirSync(golden).flatMap((event) =>
    readdirSync(join(golden, event)).map((file) => [event, file] as const),
  );

  it.each(messages)('%s/%s is read as it was written', (event, file) => {
    const contract = contracts.find(({ topic }) => topic === `weir.${event}`);
    const text = read(golden, event, file);
    expect(contract?.decode(text)).toEqual(JSON.parse(text));
  });

  it.each(messages)('%s/%s fits the JSON Schema, for readers in other languages', (event, file) => {
    const ajv = addFormats(new Ajv2020({ strict: false }));
    const fits = ajv.compile(JSON.parse(read(folder, `${event}.json`)) as object);
    expect({ fits: fits(JSON.parse(read(golden, event, file))), errors: fits.errors }).toEqual({
      fits: true,
      errors: null,
    });
  });

  it('exist for each event', () => {
    expect(new Set(messages.map(([event]) => `weir.${event}`))).toEqual(new Set(contracts.map(({ topic }) => topic)));
  });
});
