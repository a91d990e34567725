// Asks the shadows of each prediction what stable was asked, compares the answers, and records each result once.
import { RefusedRecords, type Chunk, type Received } from '@weir/bus';
import { InvalidEventError, type PredictionServed } from '@weir/contracts';
import { skipped, type Comparison, type Pair } from './domain/comparison';
import { judgeAnyPair } from './domain/judge-any-pair';
import { planPair } from './domain/pair-plan';
import { type FollowPolicy } from './follow-policy';
import { type Days, type Passing, type Shadows, type Transactions, type Turn, type Wake } from './ports';
import { type RecordComparisons } from './record-comparisons';
import { type SeenPrediction } from './seen-prediction';

export interface CompareOptions {
  readonly nowMs: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly steadyMs: () => number;
  readonly maxAgeMs: number;
  /** Calls that could not begin within this time of a chunk's arrival are skipped: a slow shadow delays nobody else's for longer. */
  readonly chunkBudgetMs: number;
  /** Where they are offered as they came: so long after they were served. */
  readonly liveLagMs: number;
  /** Older predictions have no day left to be filed under. */
  readonly retentionMs: number;
}

/** A record that concerns shadows, and what came of it for each. */
interface Concerned {
  readonly seen: Received<SeenPrediction>;
  readonly event: PredictionServed;
}

export class ComparePredictions {
  constructor(
    private readonly policies: FollowPolicy,
    private readonly shadows: Shadows,
    private readonly transactions: Transactions,
    private readonly recording: RecordComparisons,
    private readonly days: Days,
    private readonly passing: Passing,
    private readonly wake: Wake,
    private readonly options: CompareOptions,
  ) {}

  async compare(chunk: Chunk<SeenPrediction>): Promise<void> {
    this.policies.await(chunk.records.map(({ event }) => event.head));
    const concerned = this.concernedOf(chunk);
    if (concerned.length === 0) return this.passing.passed(chunk);
    await this.policies.keepStages();
    await this.days.ensure(concerned.map(({ event }) => event.servedAt));
    const results = await this.askAll(concerned);
    let recorded = 0;
    await this.transactions.once(chunk, async (store, fresh) => {
      const comparisons = fresh.flatMap((seen) => results.get(seen.record.offset) ?? []);
      recorded = await this.recording.record(store, comparisons);
    });
    if (recorded > 0) this.wake();
  }

  /** @throws RefusedRecords naming those that break their contract or have no day to be filed under. */
  private concernedOf({ records }: Chunk<SeenPrediction>): Concerned[] {
    const refusals: ConstructorParameters<typeof RefusedRecords>[0][number][] = [];
    const concerned = records.flatMap((seen): Concerned[] => {
      const { rollout, attempt, stage } = seen.event.head;
      if (rollout === undefined || !this.policies.judgeOf({ rollout, attempt, stage })) return [];
      try {
        const event = seen.event.whole();
        const problem = this.undatable(event);
        if (problem === undefined) return [{ seen, event }];
        refusals.push({ record: seen.record, code: 'undatable', message: problem });
      } catch (error) {
        if (!(error instanceof InvalidEventError)) throw error;
        refusals.push({ record: seen.record, code: error.code, message: error.problem });
      }
      return [];
    });
    if (refusals.length > 0) throw new RefusedRecords(refusals);
    return concerned;
  }

  private undatable({ servedAt }: PredictionServed): string | undefined {
    const ageMs = this.options.nowMs() - Date.parse(servedAt);
    if (ageMs < -86_400_000) return 'servedAt is more than a day ahead';
    return ageMs > this.options.retentionMs ? 'servedAt is older than anything that is kept' : undefined;
  }

  /** By offset. All at once: each shadow's own bounds say how many are under way. */
  private async askAll(concerned: readonly Concerned[]): Promise<Map<string, Comparison[]>> {
    const startByMs = this.options.steadyMs() + this.options.chunkBudgetMs;
    const results = await Promise.all(
      concerned.map(async ({ seen, event }): Promise<readonly [string, Comparison[]]> => {
        const { attempt = 1, stage = 0, rollout = '' } = event;
        const judge = this.policies.judgeOf({ rollout, attempt, stage });
        if (!judge) return [seen.record.offset, []];
        const asking = judge.stage.shadows.map((shadow) => this.askOne(event, judge, shadow, startByMs));
        return [seen.record.offset, await Promise.all(asking)];
      }),
    );
    return new Map(results);
  }

  private async askOne(
    event: PredictionServed,
    judge: Pair['judge'],
    shadow: Pair['judge']['stage']['shadows'][number],
    startByMs: number,
  ): Promise<Comparison> {
    const { nowMs, maxAgeMs } = this.options;
    const turn = this.turnOf(event, judge.stage, startByMs);
    const pairAt = (): Pair => ({
      event,
      judge,
      shadow: shadow.version,
      late: turn.late,
      comparedAt: new Date(nowMs()).toISOString(),
    });
    const plan = planPair(event, judge.stage, shadow, { nowMs: nowMs(), maxAgeMs });
    if (plan.kind === 'skip') return skipped(pairAt(), plan.reason);
    const answer = await this.shadows.ask(event.model, shadow.version, plan.request, turn);
    return judgeAnyPair(pairAt(), plan, answer);
  }

  /** Late is what more than the call before it has held up: then it does not come as it had. */
  private turnOf(
    { servedAt }: PredictionServed,
    { pace, timeoutMs }: Pair['judge']['stage'],
    startByMs: number,
  ): Turn & { readonly late: boolean } {
    const { nowMs, steadyMs, liveLagMs } = this.options;
    if (pace === 'own') return { pace, startByMs, late: false };
    const ageMs = nowMs() - Date.parse(servedAt);
    return { pace, dueMs: steadyMs() - ageMs + liveLagMs, late: ageMs > 2 * liveLagMs + timeoutMs };
  }
}
