// A trained model on disk: JSON, a bias and the weight of each feature. Both kinds of model end as this.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ModelFile {
  /** How it was trained, for the reader of the file. */
  readonly kind: string;
  readonly seed: number;
  readonly bias: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** From src and from dist alike. */
const folder = join(__dirname, '..', '..', 'models');

export type ModelName = 'naive-bayes' | 'logistic-regression';

export function readModel(name: ModelName): ModelFile {
  return JSON.parse(readFileSync(pathOf(name), 'utf8')) as ModelFile;
}

export function writeModel(name: ModelName, model: ModelFile): string {
  writeFileSync(pathOf(name), formatModel(model));
  return pathOf(name);
}

export function formatModel(model: ModelFile): string {
  return `${JSON.stringify(model, null, 2)}\n`;
}

/** Four decimals: enough for the same decisions, small enough to commit. */
export function rounded(weight: number): number {
  return Math.round(weight * 10_000) / 10_000;
}

function pathOf(name: ModelName): string {
  return join(folder, `${name}.json`);
}
