// npm run schemas: writes the generated JSON Schemas; with --release also makes them the ones that later changes are held against.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemas, renderSchema } from './json-schemas';

const folder = join(__dirname, '..', 'schemas');
const folders = process.argv.includes('--release') ? [folder, join(folder, 'released')] : [folder];

for (const target of folders) {
  mkdirSync(target, { recursive: true });
  for (const [file, schema] of jsonSchemas()) writeFileSync(join(target, file), renderSchema(schema));
}
