// npm run bench -- allocator: how fast the allocator learns a backlog of outcomes, on the whole machine: from its first until all have taught it.
import { readRange, type BusOptions, type OutgoingRecord } from '@weir/bus';
import { outcomeJoined, policyPublished, weightsAllocated, type OutcomeJoined } from '@weir/contracts';
import { claimPort, serviceSpec } from '@weir/local';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import { measuredOf, until, whileHeld, workOff, type Work } from '../load/work-off';
import { writeRecords } from '../load/write-records';
import { type Measured } from '../measure/measured';
import { type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { type Stand } from '../targets/stand';
import { startStub } from '../targets/start-peers';
import { startController } from '../targets/start-weir';

/** For each second that a round is asked to last at the least that is wanted. */
const outcomesPerSecond = 5_000;
const allocator = 'bandit-allocator';
const stage = { bandit: { metric: 'liked', update: '1s', maxDuration: '30d', decide: 'manual' } };

const work: Work = {
  service: allocator,
  schema: 'bandit_allocator',
  topics: [outcomeJoined.topic],
  told: weightsAllocated.topic,
};

export async function benchAllocator(stand: Stand, { rounds, seconds }: BenchOptions): Promise<Measured> {
  const { context, addresses } = stand;
  await startController(stand, addresses, await startStub(stand), stage);
  const at = { name: allocator, app: allocator, port: await claimPort([]) };
  await context.host.steps.step(allocator, () => context.supervisor.start(serviceSpec(context, addresses, at, '')));
  const place = await placeOf(stand.bus);
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await context.host.steps.step(`Round ${round} of ${rounds}`, async (say) => {
      const count = seconds * outcomesPerSecond;
      await whileHeld(stand, allocator, () => writeRecords(stand.bus, count, (number) => [recordOf(place, number)]));
      const visit = await workOff(stand, work, round, { records: count, tells: 0 });
      await expectLearnt(stand, round * count);
      visits.push(visit);
      say(`Round ${round}: ${count} outcomes, ${Math.round(visit.figures['eventsPerSecond'] ?? 0)} events/s`);
    });
  return measuredOf('allocator', visits);
}

type Slot = Pick<OutcomeJoined, 'model' | 'rollout' | 'attempt' | 'stage' | 'epoch' | 'weights'>;

/** Of the bandit in the policy. */
async function placeOf(bus: BusOptions): Promise<Slot> {
  let found: Slot | undefined;
  await until(async () => {
    await readRange(bus, policyPublished, new Map(), (policy) => {
      const [slice] = policy?.slices ?? [];
      if (!policy || slice?.kind !== 'bandit') return;
      const { rollout, attempt, stage: index, epoch, arms } = slice;
      found = { model: policy.model, rollout, attempt, stage: index, epoch, weights: arms };
    });
    return found !== undefined;
  });
  return found as Slot;
}

function recordOf(place: Slot, number: number): OutgoingRecord {
  const event = outcomeOf(place, number);
  return { topic: outcomeJoined.topic, key: event.predictionId, value: JSON.stringify(event) };
}

function outcomeOf(place: Slot, number: number): OutcomeJoined {
  const arm = number % 3 === 0 ? 'v2' : 'v1';
  const servedAt = new Date().toISOString();
  return {
    ...{ ...place, predictionId: uuidv7(), step: 0, arm, answeredBy: arm, fallback: false },
    ...{ unit: `unit-${number % 2_000}`, metric: 'liked', value: number % 5 === 0 ? 1 : 0, state: 'joined' },
    ...{ revision: 0, propensity: 0.5, context: {}, servedAt, countedAt: servedAt, delayMs: 0 },
  };
}

async function expectLearnt({ addresses }: Stand, outcomes: number): Promise<void> {
  const database = new Client({ connectionString: addresses.databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ sum: string }>(`select sum(n) as sum from ${work.schema}.claims`);
    if (Number(rows[0]?.sum) !== outcomes) throw new Error(`${rows[0]?.sum} of ${outcomes} outcomes taught it`);
  } finally {
    await database.end();
  }
}
