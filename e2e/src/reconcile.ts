// The book of the callers held against the system's: nothing lost, nothing twice.
import { eventually } from '@weir/testing';
import { readTopic } from './tap';
import { type System } from './system';
import { type Answer, type Traffic } from './traffic';

export interface Tallies {
  readonly predictions: number;
  readonly duplicatePredictions: number;
  readonly outcomes: Readonly<Record<'joined' | 'late' | 'duplicate' | 'orphan' | 'pending' | 'rejected', number>>;
  readonly unknownMetric: number;
}

export async function tallies(system: System, model: string): Promise<Tallies> {
  const response = await fetch(`${system.run().collector}/api/v1/tallies?model=${model}`);
  if (!response.ok) throw new Error(`tallies: ${response.status}`);
  return (await response.json()) as Tallies;
}

/** Distinct predictions of the model in weir.prediction-served.v1, by id. */
export async function servedInKafka(system: System, model: string): Promise<Map<string, Record<string, unknown>>> {
  const records = await readTopic(system.run().kafkaBrokers, system.topic('weir.prediction-served.v1'));
  const events = records
    .map(({ value }) => value as Record<string, unknown>)
    .filter((event) => event['model'] === model);
  return new Map(events.map((event) => [String(event['predictionId']), event]));
}

/** Waits until the collector has taken all that was sent, then compares all books. */
export async function reconcile(system: System, model: string, traffic: Traffic, withinMs = 120_000): Promise<Tallies> {
  const answered = new Set(traffic.answers.map(({ predictionId }) => predictionId));
  const settled = await eventually(
    async () => {
      const now = await tallies(system, model);
      if (now.predictions >= answered.size && total(now) >= traffic.outcomesSent && now.outcomes.pending === 0)
        return now;
      throw new Error(
        `${answered.size} answered and ${traffic.outcomesSent} outcomes sent, but ${JSON.stringify(now)}`,
      );
    },
    { timeoutMs: withinMs, everyMs: 500 },
  );
  const kafka = await servedInKafka(system, model);
  expect({ missingInKafka: [...answered].filter((id) => !kafka.has(id)) }).toEqual({ missingInKafka: [] });
  expect(settled.predictions).toBe(kafka.size);
  expect(total(settled)).toBe(traffic.outcomesSent);
  return settled;
}

/** Answered predictions that never reach Kafka, for all that is waited: a router that came back replays its journal first. */
export async function unrecorded(
  system: System,
  model: string,
  answered: readonly Answer[],
  withinMs = 10_000,
): Promise<Answer[]> {
  const missing = async () => {
    const recorded = await servedInKafka(system, model);
    return answered.filter(({ predictionId }) => !recorded.has(predictionId));
  };
  await eventually(async () => (await missing()).length === 0, { timeoutMs: withinMs, everyMs: 500 }).catch(
    () => undefined,
  );
  return missing();
}

function total({ outcomes }: Tallies): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}
