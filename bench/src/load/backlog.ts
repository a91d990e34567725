// Predictions and their outcomes as they would lie in Kafka after the collector was away: copies of the router's own events.
import { setTimeout as pause } from 'node:timers/promises';
import { readRange, type BusOptions, type OutgoingRecord } from '@weir/bus';
import { outcomeReported, predictionServed, type PredictionServed } from '@weir/contracts';
import { uuidv7 } from 'uuidv7';
import { writeRecords } from './write-records';

interface Sample {
  readonly event: PredictionServed;
  readonly headers: Readonly<Record<string, string>>;
}

const units = 2_000;
export const metric = 'liked';

/** One event of the router for each arm; they are on their way when it serves. */
export async function sampleEvents(bus: BusOptions, patienceMs = 30_000): Promise<Sample[]> {
  const byArm = new Map<string, Sample>();
  for (const endMs = performance.now() + patienceMs; byArm.size < 2; await pause(250)) {
    await readRange(bus, predictionServed, new Map(), (event, { headers }) => {
      if (event?.rollout !== undefined) byArm.set(event.arm, { event, headers });
    });
    if (byArm.size < 2 && performance.now() > endMs) throw new Error('the router has sent no events of both arms');
  }
  return [...byArm.values()].sort((a, b) => a.event.arm.localeCompare(b.event.arm));
}

/** Writes `count` predictions, one in ten of the second arm, each with one outcome. */
export function writeBacklog(bus: BusOptions, samples: readonly Sample[], count: number): Promise<void> {
  return writeRecords(bus, count, (number) => lifeOf(samples, number));
}

function lifeOf(samples: readonly Sample[], number: number): OutgoingRecord[] {
  const predictionId = uuidv7();
  const { event, headers } = samples[number % 10 === 0 ? 1 : 0] as Sample;
  const served: PredictionServed = {
    ...event,
    predictionId,
    unit: `unit-${number % units}`,
    servedAt: new Date().toISOString(),
  };
  const outcome = { predictionId, metric, value: number % 3 === 0 };
  return [
    { topic: predictionServed.topic, key: predictionId, value: JSON.stringify(served), headers },
    { topic: outcomeReported.topic, key: predictionId, value: JSON.stringify(outcome) },
  ];
}
