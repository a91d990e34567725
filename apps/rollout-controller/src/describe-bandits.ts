// The bandit stages of a rollout so far, as the outside sees them: shares, what is believed of each arm, what was lost on the way.
import { type BanditStage, type BanditView } from '@weir/contracts';
import { noUnitTotals } from '@weir/stats';
import { allocationView, type Allocated } from './domain/allocated';
import { earningsOf, regretOf, type BanditTotals } from './domain/bandit-totals';
import { isOfBandit } from './domain/decision';
import { type Judgement } from './domain/judgement';
import { armsOf, placeOf, weightsOf, type Place, type Rollout } from './domain/rollout';

export function banditsOf(rollout: Rollout, { bandits = [] }: Pick<Judgement, 'bandits'>): BanditView[] {
  const { spec, state } = rollout;
  const here = placeOf(state).stage;
  return bandits.flatMap((totals) => {
    const stage = spec.stages[totals.stage];
    return stage?.kind === 'bandit' && totals.stage <= here ? [viewOf(rollout, stage, totals)] : [];
  });
}

function viewOf(rollout: Rollout, stage: BanditStage, totals: BanditTotals): BanditView {
  const { algorithm, metric, assign } = stage;
  const at = placeIn(rollout);
  const decision = at?.decisions?.filter(isOfBandit).find((each) => each.stage === totals.stage) ?? null;
  const isHere = at?.stage === totals.stage;
  const allocation = isHere && at.allocation ? allocationView(at.allocation) : (decision?.allocation ?? null);
  const weights = isHere ? weightsOf(rollout) : {};
  const names = armsOf(rollout);
  const earned = names.map((arm) => earningsOf(totals.arms[arm] ?? none));
  return {
    ...{ stage: totals.stage, algorithm, metric, direction: totals.direction, assign, baseline: rollout.baseline },
    arms: Object.fromEntries(
      names.map((arm, index) => [
        arm,
        {
          ...(earned[index] ?? nothing),
          ...{ weightBps: weights[arm] ?? 0, out: outOf(arm, at) },
          ...believedOf(arm, allocation),
        },
      ]),
    ),
    ...{ regret: regretOf(earned, totals.direction), allocation, decision },
    sentence:
      decision?.reason ?? allocation?.sentence ?? 'Nothing has been allocated yet: the arms have their first shares.',
  };
}

const none = { outcomes: 0, unitSums: noUnitTotals };
const nothing = { outcomes: 0, mean: null, standardError: null };

function outOf(arm: string, at: Place | undefined): BanditView['arms'][string]['out'] {
  const left = at?.out?.find(({ version }) => version === arm);
  return left ? { at: left.at, reason: left.reason } : null;
}

/** One that is out is not believed to be anything. */
function believedOf(
  arm: string,
  allocation: Omit<Allocated, 'weights'> | null,
): Pick<BanditView['arms'][string], 'probabilityBest' | 'effectiveSamples'> {
  const of = (values: Readonly<Record<string, number>> = {}): number | null =>
    Object.hasOwn(values, arm) ? (values[arm] ?? null) : null;
  return { probabilityBest: of(allocation?.probabilityBest), effectiveSamples: of(allocation?.effectiveSamples) };
}

function placeIn({ state }: Rollout): Place | undefined {
  return 'at' in state ? (state.at ?? undefined) : undefined;
}
