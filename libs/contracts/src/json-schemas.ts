// The JSON Schemas of all events, as those read them who do not speak TypeScript. Generated: the zod schemas are the source.
import { z } from 'zod';
import { contracts } from './contracts';

export type JsonSchema = { readonly [keyword: string]: unknown };

/** File name (`prediction-served.v1.json`) to JSON Schema, draft 2020-12. Consumers allow unknown fields, so the schemas do. */
export function jsonSchemas(): Map<string, JsonSchema> {
  return new Map(
    contracts.map(({ topic, schema }) => [
      `${topic.replace(/^weir\./, '')}.json`,
      { $id: topic, ...z.toJSONSchema(schema, { io: 'input' }) },
    ]),
  );
}

/** The text of a schema file, newline at the end. */
export function renderSchema(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
