// Guardrails that are queries to Prometheus: a number against a limit. A threshold is no test, so it has no part in alpha.
import { type Guardrail, type RolloutManifest, type Stage } from '@weir/contracts';

export interface QueryGuardrail {
  /** Index of the stage that declares it. */
  readonly stage: number;
  /** Index among the guardrails of the stage. */
  readonly index: number;
  readonly name: string;
  readonly candidate: string;
  /** Base URL of the server. */
  readonly url: string;
  readonly query: string;
  /** The greatest number that is not a failure. */
  readonly max: number;
  /** Marked `must: pass`. */
  readonly must: boolean;
  readonly askEveryMs: number;
}

/** As often as the step may go on, within what is of use to a server that scrapes every few seconds. */
const [mostOftenMs, leastOftenMs] = [1_000, 10_000];

export function queryGuardrails({
  stages,
  candidates,
}: Pick<RolloutManifest, 'stages' | 'candidates'>): QueryGuardrail[] {
  return stages.flatMap((stage, at) =>
    stage.guardrails.flatMap((guardrail, index): QueryGuardrail[] => {
      if (!('prometheus' in guardrail)) return [];
      const { url, query, max } = guardrail.prometheus;
      const everyMs = everyMsOf(stage);
      const askEveryMs = Math.min(leastOftenMs, Math.max(mostOftenMs, everyMs));
      const [candidate = ''] = candidates;
      const name = guardrailName(stage.guardrails, index);
      return [{ stage: at, index, name, candidate, url, query, max, must: guardrail.must === 'pass', askEveryMs }];
    }),
  );
}

function everyMsOf(stage: Stage): number {
  if (stage.kind === 'canary') return stage.everyMs;
  return stage.kind === 'blueGreen' ? stage.bakeMs / 20 : leastOftenMs;
}

/** The metric; the query's own name, or `prometheus`, `prometheus-2`, ... in the order of the stage. */
export function guardrailName(all: readonly Guardrail[], index: number): string {
  const guardrail = all[index];
  if (!guardrail) return '';
  if ('metric' in guardrail) return guardrail.metric;
  if (guardrail.prometheus.name !== undefined) return guardrail.prometheus.name;
  const place = all.slice(0, index).filter((each) => 'prometheus' in each && each.prometheus.name === undefined).length;
  return place === 0 ? 'prometheus' : `prometheus-${place + 1}`;
}
