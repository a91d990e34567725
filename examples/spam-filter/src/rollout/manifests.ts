// The manifests beside this package, with the addresses of this installation put in.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** From src and from dist alike. */
const folder = join(__dirname, '..', '..');

export interface ModelServers {
  readonly WEIR_EXAMPLE_V1: string;
  readonly WEIR_EXAMPLE_V2: string;
  readonly WEIR_EXAMPLE_V3: string;
}

export function modelManifest(servers: ModelServers): unknown {
  const text = readFileSync(join(folder, 'model.yaml'), 'utf8');
  return parse(
    text.replace(
      /\$\{(\w+)\}/g,
      (place, name: string) => (servers as unknown as Record<string, string>)[name] ?? place,
    ),
  );
}

/** The same steps and guardrails for every candidate. */
export function rolloutManifest(candidate: string): unknown {
  const manifest = parse(readFileSync(join(folder, 'rollout.yaml'), 'utf8')) as object;
  return { ...manifest, candidates: [candidate] };
}

/** Basis points of its steps. */
export function weightsIn(manifest: unknown): number[] {
  const { stages } = manifest as { stages: { canary: { steps: string[] } }[] };
  return (stages[0]?.canary.steps ?? []).map((weight) => Math.round(100 * Number.parseFloat(weight)));
}
