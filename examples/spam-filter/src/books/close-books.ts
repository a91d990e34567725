// At the end of the traffic: waits until the system has digested it, then writes down what each book says.
import { type CallerBook } from '../traffic/caller-book';
import { waitUntil } from '../wait-until';
import { type CollectorClient, type Tallies } from './collector-client';
import { type Books, outcomeStates, type OutcomeState, sinceThen } from './reconcile';
import { type KafkaBook, type Served } from './served-in-kafka';

export interface OpenBooks {
  readonly model: string;
  readonly caller: CallerBook;
  readonly collector: Pick<CollectorClient, 'tallies' | 'prediction'>;
  readonly kafka: Pick<KafkaBook, 'find'>;
  /** The collector's tallies before the traffic. */
  readonly before: Tallies;
  readonly outcomesSent: number;
  readonly outcomesSentAgain: number;
}

const settleMs = 90_000;
const lookedUp = 25;

export async function closeBooks(open: OpenBooks): Promise<Books> {
  const { caller } = open;
  const tallies = await settled(open);
  const sent = new Set([...caller.sentOverHttp, ...caller.sentOverKafka]);
  const served = await open.kafka.find(sent);
  const answeredOverKafka = [...caller.sentOverKafka].filter((id) => isGood(served.get(id)));
  return {
    predictions: {
      sent: sent.size,
      answered: caller.answeredWell + answeredOverKafka.length,
      inKafka: served.size,
      inCollector: tallies.predictions,
    },
    outcomes: { sent: open.outcomesSent, ...tallies.outcomes },
    sentAgain: open.outcomesSentAgain,
    contradictions: await contradictions(open, served),
  };
}

/** What the collector counted since the beginning: once all has arrived, or as it stands when that takes too long. */
async function settled({ model, collector, caller, before, outcomesSent }: OpenBooks): Promise<Tallies> {
  let latest = before;
  await waitUntil(
    async () => {
      latest = differenceOf(await collector.tallies(model), before);
      const accounted = outcomeStates.reduce((sum, state) => sum + latest.outcomes[state], 0);
      const arrived = latest.predictions >= caller.sent && accounted >= outcomesSent && latest.outcomes.pending === 0;
      return arrived ? true : undefined;
    },
    { what: 'the collector to settle', withinMs: settleMs },
  ).catch(() => undefined); // the books will not agree, and say in what
  return latest;
}

function differenceOf(now: Tallies, then: Tallies): Tallies {
  return {
    predictions: now.predictions - then.predictions,
    duplicatePredictions: now.duplicatePredictions - then.duplicatePredictions,
    outcomes: sinceThen<Readonly<Record<OutcomeState, number>>>(now.outcomes, then.outcomes),
  };
}

/** A few predictions, spread over the run, looked up in all three books. */
async function contradictions(
  { caller, collector }: OpenBooks,
  served: ReadonlyMap<string, Served>,
): Promise<string[]> {
  const ids = [...caller.assigned.keys()];
  const step = Math.max(1, Math.floor(ids.length / lookedUp));
  const found: string[] = [];
  for (const id of ids.filter((_, index) => index % step === 0)) {
    const seen = caller.assigned.get(id);
    const inKafka = served.get(id)?.arm;
    const recorded = armIn(await collector.prediction(id).catch((error: Error) => error.message));
    if (inKafka !== seen || recorded !== seen)
      found.push(`${id}: the caller saw ${seen}, Kafka has ${inKafka}, the collector ${recorded}`);
  }
  return found;
}

function armIn(answer: unknown): string {
  if (typeof answer === 'string') return answer;
  const { prediction, decision, arm } = answer as Record<'prediction' | 'decision', { arm?: string }> & {
    arm?: string;
  };
  return arm ?? prediction?.arm ?? decision?.arm ?? 'nothing';
}

function isGood(served: Served | undefined): boolean {
  return served !== undefined && served.status >= 200 && served.status < 300;
}
