// npm run bench -- comparator: how fast the comparator works off a backlog with a stub for a shadow, on the whole machine:
// from its first record until every prediction is compared, applied and told.
import { readRange, type BusOptions, type OutgoingRecord } from '@weir/bus';
import { predictionCompared, predictionServed, type PredictionServed } from '@weir/contracts';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import { measuredOf, until, whileHeld, workOff, type Work } from '../load/work-off';
import { writeRecords } from '../load/write-records';
import { type Measured } from '../measure/measured';
import { type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { type Stand } from '../targets/stand';
import { comparator, shadowStage, startComparator } from '../targets/start-comparator';
import { startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';

/** For each second that a round is asked to last at the least that is wanted. */
const predictionsPerSecond = 5_000;
const units = 2_000;
/** Nothing is too old, and everything has its turn: what is measured is comparing, not skipping. */
const patience = {
  WEIR_SHADOW_MAX_AGE_SECONDS: '86400',
  WEIR_SHADOW_RATE: '100000',
  WEIR_SHADOW_CONCURRENCY: '64',
  WEIR_SHADOW_BUDGET_SECONDS: '30',
};

const work: Work = {
  service: comparator,
  schema: 'shadow_comparator',
  topics: [predictionServed.topic],
  told: predictionCompared.topic,
};

export async function benchComparator(stand: Stand, { rounds, seconds }: BenchOptions): Promise<Measured> {
  const { host } = stand.context;
  await startController(stand, stand.addresses, await startStub(stand), shadowStage);
  await startRouter(stand, stand.addresses, { name: 'router-kafka', meets: ['v1'] });
  const sample = await sampleEvent(stand.bus);
  await startComparator(stand, 'whole', patience);
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await host.steps.step(`Round ${round} of ${rounds}`, async (say) => {
      const count = seconds * predictionsPerSecond;
      await whileHeld(stand, comparator, () => writeRecords(stand.bus, count, (number) => [recordOf(sample, number)]));
      const visit = await compareAll(stand, round, count);
      visits.push(visit);
      say(`Round ${round}: ${count} predictions, ${Math.round(visit.figures['eventsPerSecond'] ?? 0)} events/s`);
    });
  return measuredOf('comparator', visits);
}

/** One of the router's own, with request and answer: its first may be from before the rollout. */
async function sampleEvent(bus: BusOptions): Promise<PredictionServed> {
  let found: PredictionServed | undefined;
  await until(async () => {
    await readRange(bus, predictionServed, new Map(), (event) => {
      if (event?.rollout !== undefined && event.capture?.request?.kind === 'json') found = event;
    });
    return found !== undefined;
  });
  return found as PredictionServed;
}

function recordOf(sample: PredictionServed, number: number): OutgoingRecord {
  const predictionId = uuidv7();
  const event = { ...sample, predictionId, unit: `unit-${number % units}`, servedAt: new Date().toISOString() };
  return { topic: predictionServed.topic, key: predictionId, value: JSON.stringify(event) };
}

/** Only what was compared counts. */
async function compareAll(stand: Stand, round: number, count: number): Promise<Visit> {
  const database = new Client({ connectionString: stand.addresses.databaseUrl });
  await database.connect();
  try {
    const before = await compared(database);
    const { figures, ...visit } = await workOff(stand, work, round, { records: count, tells: count });
    const share = ((await compared(database)) - before) / count;
    const eventsPerSecond = share * (figures['eventsPerSecond'] ?? NaN);
    return { ...visit, figures: { ...figures, eventsPerSecond, comparedShare: share } };
  } finally {
    await database.end();
  }
}

async function compared(database: Client): Promise<number> {
  const { rows } = await database.query<{ sum: string }>(
    `select coalesce(sum(total), 0) as sum from shadow_comparator.totals where counted = 'compared'`,
  );
  return Number(rows[0]?.sum ?? 0);
}
