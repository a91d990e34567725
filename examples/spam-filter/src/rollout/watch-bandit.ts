// Watches a bandit stage to its end: how the shares moved, what callers met meanwhile, and what it cost.
import { type Observation } from '../traffic/observation';
import { type Traffic } from '../traffic/traffic';
import { better, careless } from './begin-rollout';
import { type BanditView, type ControllerClient, type RolloutView } from './controller-client';
import { untilEnded } from './until-ended';

/** The shares that an allocation led to, basis points by version. */
export interface Shares {
  readonly afterMs: number;
  readonly sequence: number;
  readonly weights: Readonly<Record<string, number>>;
}

export interface BanditReport {
  readonly durationMs: number;
  readonly decision: 'winner' | 'baseline' | 'inconclusive' | 'harm' | null;
  readonly winner: string | null;
  readonly shares: readonly Shares[];
  /** As they were when it ended; `right`: the share of right answers, overlap-weighted. */
  readonly arms: Readonly<Record<string, { outcomes: number; right: number | null; probabilityBest: number | null }>>;
  /** Versions that a guardrail closed, and why. */
  readonly closed: Readonly<Record<string, string>>;
  /** Right answers lost to the best version, and what an even split would have lost. */
  readonly regret: BanditView['regret'];
  /** Predictions that callers had answered meanwhile, by the version assigned. */
  readonly predictions: Readonly<Record<string, number>>;
  /** Why it ended, in the controller's words. */
  readonly ended: string;
}

/** @throws where it has not ended in all the time there is: the message says what it waits for. */
export async function watchBandit(
  controller: Pick<ControllerClient, 'rollout'>,
  traffic: Pick<Traffic, 'observe' | 'endObservation'>,
  { id, withinMs }: { readonly id: string; readonly withinMs: number },
  onShares: (shares: Shares) => void,
): Promise<BanditReport> {
  const startedAt = performance.now();
  const seen = traffic.observe((await controller.rollout(id)).weights.policyRevision);
  const shares: Shares[] = [];
  const end = await untilEnded(controller, { id, what: 'the bandit to end', withinMs }, (now) => {
    const moved = sharesOf(now, shares.at(-1), performance.now() - startedAt);
    if (!moved) return;
    onShares(moved);
    shares.push(moved);
  }).finally(() => traffic.endObservation(seen));
  return reportOf(end, { shares, seen, durationMs: Math.round(performance.now() - startedAt) });
}

/** Undefined where nothing has moved since. */
function sharesOf({ weights, bandits }: RolloutView, last: Shares | undefined, afterMs: number): Shares | undefined {
  const { desired } = weights;
  if (last && JSON.stringify(last.weights) === JSON.stringify(desired)) return undefined;
  return { afterMs: Math.round(afterMs), sequence: bandits[0]?.allocation?.sequence ?? 0, weights: desired };
}

function reportOf(
  end: RolloutView,
  { shares, seen, durationMs }: { shares: readonly Shares[]; seen: Observation; durationMs: number },
): BanditReport {
  const met = seen.before({ policy: end.weights.policyRevision });
  const [bandit] = end.bandits;
  const arms = Object.entries(bandit?.arms ?? {});
  return {
    ...{ durationMs, shares, decision: bandit?.decision?.kind ?? null, winner: end.winner ?? null },
    arms: Object.fromEntries(
      arms.map(([arm, { outcomes, mean, probabilityBest }]) => [arm, { outcomes, right: mean, probabilityBest }]),
    ),
    closed: Object.fromEntries(arms.flatMap(([arm, { out }]) => (out ? [[arm, out.reason]] : []))),
    regret: bandit?.regret ?? { soFar: null, ofEvenSplit: null },
    predictions: Object.fromEntries(met.versions().map((version) => [version, met.of(version).predictions])),
    ended: end.reason,
  };
}

/** A sentence for each thing that is not as it should be. */
export function problemsOfBandit(report: BanditReport): string[] {
  const { winner, shares, regret, ended } = report;
  const last = shares.at(-1)?.weights ?? {};
  const most = Math.max(...Object.values(last));
  const saved = regret.soFar !== null && regret.ofEvenSplit !== null && regret.soFar < regret.ofEvenSplit;
  return [
    ...(winner === better ? [] : [`${better} should have won: ${ended}`]),
    ...(shares.length > 1 ? [] : ['no outcome has moved the traffic']),
    ...(last[better] === most ? [] : [`${better} should have had the most traffic: ${JSON.stringify(last)}`]),
    ...((last[careless] ?? 0) <= 1_000 ? [] : [`${careless} should have had little traffic: ${last[careless]} bps`]),
    ...(saved ? [] : [`the bandit lost ${regret.soFar} right answers, an even split ${regret.ofEvenSplit}`]),
  ];
}
