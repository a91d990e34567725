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

export function modelManifest(servers: ModelServers): object {
  const text = readFileSync(join(folder, 'model.yaml'), 'utf8');
  return parse(
    text.replace(
      /\$\{(\w+)\}/g,
      (place, name: string) => (servers as unknown as Record<string, string>)[name] ?? place,
    ),
  ) as object;
}

/** The A/B of two regions. */
export function experimentManifest(): unknown {
  return parse(readFileSync(join(folder, 'ab.yaml'), 'utf8'));
}

/** The bandit over all three versions. */
export function banditManifest(): unknown {
  return parse(readFileSync(join(folder, 'bandit.yaml'), 'utf8'));
}

export const stageKinds = ['shadow', 'canary'] as const;
export type StageKind = (typeof stageKinds)[number];

/** What `--only` may name. */
export const partNames = [...stageKinds, 'ab', 'bandit'] as const;
export type PartName = (typeof partNames)[number];

interface Manifest {
  readonly stages: readonly { readonly [kind in StageKind]?: { readonly steps?: readonly string[] } }[];
}

/** The same stages, steps and guardrails for every candidate; or one kind of stage of them. */
export function rolloutManifest(candidate: string, only?: StageKind): Manifest {
  const manifest = parse(readFileSync(join(folder, 'rollout.yaml'), 'utf8')) as Manifest;
  const stages = manifest.stages.filter((stage) => only === undefined || stage[only] !== undefined);
  return { ...manifest, candidates: [candidate], stages } as Manifest;
}

/** Basis points of its steps. */
export function weightsIn({ stages }: Manifest): number[] {
  const steps = stages.flatMap(({ canary }) => canary?.steps ?? []);
  return steps.map((weight) => Math.round(100 * Number.parseFloat(weight)));
}
