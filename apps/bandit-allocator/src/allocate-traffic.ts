// At its cadence, after so many outcomes, and when its arms change, each running bandit says how it would share its traffic: a function of what it has learnt and of that instant.
import { type Allocation } from '@weir/bandits';
import { toRecord } from '@weir/bus';
import { weightsAllocated, type WeightsAllocated } from '@weir/contracts';
import { allocationOf, verdictOf, type StageAllocation } from './domain/allocation';
import { type BanditStage } from './domain/bandit-stage';
import { type LastAllocation, type Learnt, type Progress, type Store, type Transactions, type Wake } from './ports';

const source = 'bandit-allocator';

export class AllocateTraffic {
  constructor(
    private readonly running: () => readonly BanditStage[],
    private readonly keepStages: () => Promise<void>,
    private readonly transactions: Transactions,
    private readonly wake: Wake,
  ) {}

  /** One pass over the running bandits; how many allocated. */
  async sweep(): Promise<number> {
    const stages = this.running();
    if (stages.length === 0) return 0;
    await this.keepStages();
    let count = 0;
    for (const stage of stages) if (await this.transactions.run((store) => allocateStage(store, stage))) count += 1;
    if (count > 0) this.wake();
    return count;
  }
}

/** Under the stage's lock no outcome of it is on its way: offsets and sums belong together. */
async function allocateStage(store: Store, stage: BanditStage): Promise<boolean> {
  if (stage.arms.length === 0) return false;
  await store.lock([stage, ...(stage.continues ?? [])]);
  const last = await store.last(stage);
  const progress = await store.progress(stage);
  const reason = reasonFor(stage, last, progress);
  if (!reason) return false;
  const learnt = await store.learnt(stage);
  const allocation = allocationOf(stage, learnt, learnt.nowMs);
  const sequence = (last?.sequence ?? 0) + 1;
  await store.keepAllocation(stage, { sequence, outcomes: progress.outcomes }, allocation);
  await store.publish([
    toRecord(weightsAllocated, eventOf(stage, { allocation, learnt, sequence, reason }), { source }),
  ]);
  return true;
}

/** So long at least between two allocations, however fast outcomes come. */
const leastMs = 250;

function reasonFor(
  { arms, updateMs, updateOutcomes = Infinity }: BanditStage,
  last: LastAllocation | undefined,
  { nowMs, outcomes }: Progress,
): WeightsAllocated['reason'] | undefined {
  if (!last) return 'cadence';
  if ([...arms].sort().join(' ') !== Object.keys(last.weights).sort().join(' ')) return 'arms-changed';
  const sinceMs = nowMs - last.asOfMs;
  if (sinceMs >= updateMs) return 'cadence';
  return sinceMs >= leastMs && outcomes - last.outcomes >= updateOutcomes ? 'outcomes' : undefined;
}

interface Found {
  readonly allocation: StageAllocation;
  readonly learnt: Learnt;
  readonly sequence: number;
  readonly reason: WeightsAllocated['reason'];
}

function eventOf(stage: BanditStage, { allocation, learnt, sequence, reason }: Found): WeightsAllocated {
  const { model, rollout, attempt, stage: number, epoch } = stage;
  const of = (value: (arm: Allocation['arms'][string]) => number): Record<string, number> =>
    Object.fromEntries(Object.entries(allocation.arms).map(([name, arm]) => [name, value(arm)]));
  return {
    ...{ model, rollout, attempt, stage: number, ...(epoch !== undefined && { epoch }), sequence, reason },
    weights: { ...allocation.weights },
    ...(allocation.context && { context: writable(allocation.context) }),
    probabilityBest: of((arm) => arm.probabilityBest),
    effectiveSamples: of((arm) => arm.effectiveOutcomes),
    asOf: new Date(allocation.asOfMs).toISOString(),
    offsets: { ...learnt.offsets },
    stop: stopOf(stage, allocation, learnt),
  };
}

function stopOf(stage: BanditStage, allocation: StageAllocation, learnt: Learnt): WeightsAllocated['stop'] {
  const verdict = verdictOf(stage, allocation, learnt);
  if (!verdict) throw new RangeError('a bandit without arms has no verdict');
  const { leader, valueRemaining, threshold, separated, stop, sentence } = verdict;
  const finite = Number.isFinite(valueRemaining) ? valueRemaining : null;
  return { leader, valueRemaining: finite, threshold, separated, stop, sentence };
}

/** Events are told of by types without `readonly`. */
function writable(context: NonNullable<StageAllocation['context']>): NonNullable<WeightsAllocated['context']> {
  return structuredClone(context) as NonNullable<WeightsAllocated['context']>;
}
