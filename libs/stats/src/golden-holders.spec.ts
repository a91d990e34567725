// Every published vector is held by a spec, or there is a reason why not.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holders, type Holder } from './golden-holders.fixture';
import { isNamed, isTarget, readShared, sharedFolder } from './shared-vectors.fixture';

interface Vector {
  readonly id: string;
  readonly notes?: string;
}

const folder = join(sharedFolder, 'golden');
const files = existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.json$/, '')) : [];
const found = files.flatMap((file) =>
  (readShared<{ vectors: Vector[] }>(`golden/${file}.json`)?.vectors ?? []).map((vector) => ({ file, ...vector })),
);

const vectorsOf = ({ file, prefix }: Holder) =>
  found.filter((vector) => vector.file === file && isNamed(vector.id, prefix));

(found.length > 0 ? it : it.skip)('every vector that is a target is named by a holder', () => {
  const loose = found.filter(
    (vector) =>
      isTarget(vector) && !holders.some(({ file, prefix }) => file === vector.file && isNamed(vector.id, prefix)),
  );
  expect(loose.map(({ file, id }) => `${file}: ${id}`)).toEqual([]);
});

(found.length > 0 ? it : it.skip)('every holder has a vector', () => {
  expect(holders.filter((holder) => vectorsOf(holder).length === 0)).toEqual([]);
});

it.each(
  holders.flatMap((holder) => ('spec' in holder.by ? [[holder.prefix, holder.by.spec, holder.file] as const] : [])),
)('%s is read by %s', (prefix, spec, file) => {
  const text = readFileSync(join(__dirname, `${spec}.spec.ts`), 'utf8');
  expect(text).toContain(`'${prefix}'`);
  expect(text).toContain(`'${file}'`);
});

it('docs/statistics.md has the same table', () => {
  const text = readFileSync(join(__dirname, '../../../docs/statistics.md'), 'utf8');
  const rows = text.split('\n').map((line) => line.replace(/ +/g, ' '));
  for (const { file, prefix, by } of holders) {
    const told = `\`${prefix.startsWith('=') ? prefix.slice(1) : `${prefix}*`}\``;
    const of = 'spec' in by ? `\`${by.spec}\`: ${by.what}` : by.none;
    expect(rows.filter((row) => row.startsWith(`| ${file} |`) && row.includes(told) && row.includes(of))).toHaveLength(
      1,
    );
  }
});
