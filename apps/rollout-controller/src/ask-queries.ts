// The guardrails that are queries are asked, outside of any lock; what they answer is kept under the model's.
import { queryGuardrails, type QueryGuardrail } from './domain/query-guardrails';
import { foldAnswer, isDue, keyOf, type Answer, type Reading } from './domain/reading';
import { serves, type Rollout } from './domain/rollout';
import { lockRollout } from './lock-rollout';
import { type Clock, type Prometheus, type Store, type Tx } from './ports';

interface Asked {
  readonly guardrail: QueryGuardrail;
  readonly before: Reading | undefined;
  readonly answer: Answer;
}

export class AskQueries {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly prometheus: Prometheus,
  ) {}

  /** Asks what is due of a rollout; true where there is something new to judge. */
  async ask(rollout: Rollout): Promise<boolean> {
    const { id, spec, state } = rollout;
    const guardrails = serves(state) ? queryGuardrails(spec).filter(({ stage }) => stage <= state.at.stage) : [];
    if (guardrails.length === 0) return false;
    const readings = await this.store.read.readings.of(id, state.attempt);
    const at = this.clock.now();
    const due = guardrails.filter((guardrail) => isDue(guardrail, readings[keyOf(guardrail)], at));
    if (due.length === 0) return false;
    const asked = await Promise.all(
      due.map(async (guardrail): Promise<Asked> => {
        const answer = await this.prometheus.ask(guardrail.url, guardrail.query);
        return { guardrail, before: readings[keyOf(guardrail)], answer };
      }),
    );
    return this.store.transaction((tx) => this.keep(tx, rollout, asked, at));
  }

  /** What another controller has asked meanwhile is one asking, not two in a row. */
  private async keep(tx: Tx, { id, state }: Rollout, asked: readonly Asked[], at: string): Promise<boolean> {
    const { rollout } = await lockRollout(tx, id);
    const { attempt } = rollout.state;
    if (!serves(rollout.state) || attempt !== state.attempt) return false;
    const kept = await tx.readings.of(id, attempt);
    const first = asked.filter(({ guardrail, before }) => kept[keyOf(guardrail)]?.at === before?.at);
    for (const { guardrail, before, answer } of first)
      await tx.readings.save(id, attempt, guardrail, foldAnswer(guardrail, before, answer, at));
    return first.length > 0;
  }
}
