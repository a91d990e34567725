// What a change of an event's schema would break: an old consumer reading new events, or a new one reading old events.
// Rule: only optional fields come and go (full compatibility); anything else is a new major version on a new topic.
import type { JsonSchema } from './json-schemas';

/** Breaking differences from the released schema to the present one, each a sentence that starts with the path. */
export function breakingChanges(released: JsonSchema, present: JsonSchema, path = '$'): string[] {
  return [
    ...typeChanges(released, present, path),
    ...requiredChanges(released, present, path),
    ...propertyChanges(released, present, path),
    ...nestedChanges(released, present, path),
  ];
}

/** Keywords that decide which single values fit: any difference may refuse what the other side sends. */
const valueKeywords = [
  'type',
  'const',
  'enum',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'minLength',
  'maxLength',
];

function typeChanges(released: JsonSchema, present: JsonSchema, path: string): string[] {
  return valueKeywords
    .filter((keyword) => JSON.stringify(released[keyword]) !== JSON.stringify(present[keyword]))
    .map((keyword) => `${path}: ${keyword} was ${show(released[keyword])}, is ${show(present[keyword])}`);
}

function requiredChanges(released: JsonSchema, present: JsonSchema, path: string): string[] {
  const before = new Set(strings(released['required']));
  const after = new Set(strings(present['required']));
  return [
    ...[...after]
      .filter((field) => !before.has(field))
      .map((field) => `${path}.${field}: is required now; old events lack it`),
    ...[...before]
      .filter((field) => !after.has(field))
      .map((field) => `${path}.${field}: is optional now; old consumers need it`),
  ];
}

function propertyChanges(released: JsonSchema, present: JsonSchema, path: string): string[] {
  const before = schemas(released['properties']);
  const after = schemas(present['properties']);
  return Object.entries(before).flatMap(([field, schema]) => {
    const now = after[field];
    return now ? breakingChanges(schema, now, `${path}.${field}`) : [];
  });
}

function nestedChanges(released: JsonSchema, present: JsonSchema, path: string): string[] {
  const single = ['items', 'additionalProperties', 'propertyNames'].flatMap((keyword) => {
    const [before, after] = [released[keyword], present[keyword]];
    if (isSchema(before) && isSchema(after)) return breakingChanges(before, after, `${path}[${keyword}]`);
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [`${path}: ${keyword} changed`];
  });
  const variants = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) =>
    variantChanges(released[keyword], present[keyword], `${path}[${keyword}]`),
  );
  return [...single, ...variants];
}

function variantChanges(before: unknown, after: unknown, path: string): string[] {
  const [old, now] = [asArray(before), asArray(after)];
  if (old.length !== now.length) return [`${path}: had ${old.length} variants, has ${now.length}`];
  return old.flatMap((schema, index) => {
    const next = now[index];
    return isSchema(schema) && isSchema(next) ? breakingChanges(schema, next, `${path}[${index}]`) : [];
  });
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function schemas(value: unknown): Record<string, JsonSchema> {
  return isSchema(value) ? (value as Record<string, JsonSchema>) : {};
}

function strings(value: unknown): string[] {
  return asArray(value).filter((item): item is string => typeof item === 'string');
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function show(value: unknown): string {
  return value === undefined ? 'not stated' : JSON.stringify(value);
}
