// A blue-green stage of a plan: who has the traffic in each of its steps, how long they last, and what its guardrails cannot show.
import { type BlueGreenStage, type PlannedStage, type RolloutManifest } from '@weir/contracts';
import { greenShareOf, switchSteps } from './green';

export interface BlueGreenInPlan {
  readonly steps: PlannedStage['steps'];
  /** Green is ready at once, its comparison says enough in time, and nothing is in the way. */
  readonly totalMs: PlannedStage['totalMs'];
  readonly warnings: readonly string[];
}

export function planBlueGreen(
  stage: BlueGreenStage,
  { candidates }: Pick<RolloutManifest, 'candidates'>,
  { baseline, versions = {} }: { readonly baseline: string; readonly versions?: Versions },
): BlueGreenInPlan {
  const [candidate = ''] = candidates;
  const leastMs = { prepare: 0, preview: stage.approve ? null : stage.previewMs, bake: stage.bakeMs };
  const steps = switchSteps.map((name, step) => {
    const green = greenShareOf(stage, { step });
    return { weights: { [baseline]: 10_000 - green, [candidate]: green }, leastMs: leastMs[name], expected: null };
  });
  const ms = stage.previewMs + stage.bakeMs;
  return {
    steps,
    totalMs: stage.approve ? null : { median: ms, p90: ms },
    warnings: [...capacityWarnings(candidate, baseline, versions), ...aloneWarnings(stage)],
  };
}

type Versions = Readonly<Record<string, { readonly instances: readonly string[] }>>;

function capacityWarnings(green: string, blue: string, versions: Versions): string[] {
  const [own, others] = [green, blue].map((version) => versions[version]?.instances.length ?? 0);
  if (own === undefined || others === undefined || own >= others) return [];
  return [`${green} declares ${own} of the ${others} instances that ${blue} has, and is to take all of the traffic`];
}

function aloneWarnings({ guardrails, controlBps }: BlueGreenStage): string[] {
  return guardrails.some((each) => 'metric' in each) && controlBps === undefined
    ? ['without a control the bake compares with blue before the switch, which is not randomised']
    : [];
}
