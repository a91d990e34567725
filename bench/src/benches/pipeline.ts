// npm run bench -- pipeline: how fast the collector works off a backlog, on the whole machine, with Kafka and Postgres on it:
// from its first record until every prediction and outcome is applied and every join is published.
import { rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endsOfTopic } from '@weir/bus';
import { outcomeJoined } from '@weir/contracts';
import { claimPort, serviceSpec } from '@weir/local';
import { Client } from 'pg';
import { endsOf, sampleEvents, writeBacklog } from '../load/backlog';
import { readCpu, spentBetween } from '../measure/cpu-meter';
import { type Measured } from '../measure/measured';
import { toRow } from '../measure/rows';
import { isQuiet, type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { type Stand } from '../targets/stand';
import { pidOf, startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';

const collector = 'outcome-collector';
/** For each second that a round is asked to last at the least that is wanted: half of the events are predictions. */
const predictionsPerSecond = 2_500;
const lookMs = 250;
const limitMs = 15 * 60_000;

export async function benchPipeline(stand: Stand, { rounds, seconds }: BenchOptions): Promise<Measured> {
  const { host } = stand.context;
  await startController(stand, stand.addresses, await startStub(stand));
  await startRouter(stand, stand.addresses, { name: 'router-kafka' });
  const samples = await sampleEvents(stand.bus);
  const at = { name: collector, app: collector, port: await claimPort([]) };
  await host.steps.step(collector, async () => {
    await stand.context.supervisor.start(serviceSpec(stand.context, stand.addresses, at, ''));
  });
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await host.steps.step(`Round ${round} of ${rounds}`, async (say) => {
      const count = seconds * predictionsPerSecond;
      await whileHeld(stand, collector, () => writeBacklog(stand.bus, samples, count));
      const visit = await workOff(stand, round, count);
      visits.push(visit);
      say(
        `Round ${round}: ${count} predictions and outcomes, ${Math.round(visit.figures['eventsPerSecond'] ?? 0)} events/s`,
      );
    });
  const pairs = visits.map((visit) => ({
    round: visit.round,
    value: visit.figures['eventsPerSecond'] ?? NaN,
    quiet: isQuiet(visit),
  }));
  return { rows: [toRow('collector', pairs, 'quiet')], visits };
}

/** The supervisor starts nothing again that a file of its name holds down. */
export async function whileHeld({ context }: Stand, name: string, work: () => Promise<void>): Promise<void> {
  const file = join(context.state.hold, name);
  await mkdir(context.state.hold, { recursive: true });
  writeFileSync(file, '');
  try {
    const held = pidOf(context, name);
    process.kill(held, 'SIGTERM');
    while (context.supervisor.running().some(({ pid }) => pid === held)) await pause(lookMs);
    await work();
  } finally {
    rmSync(file);
  }
}

async function workOff(stand: Stand, round: number, count: number): Promise<Visit> {
  const database = new Client({ connectionString: stand.addresses.databaseUrl });
  await database.connect();
  try {
    const end = await endsOf(stand.bus);
    const joinedBefore = await joined(stand);
    const first = end - 2 * count;
    await until(async () => (await applied(database)) > first);
    const before = readCpu(stand.pids());
    await until(async () => (await applied(database)) >= end);
    const appliedMs = performance.now() - before.atMs;
    await until(async () => (await joined(stand)) >= joinedBefore + count);
    const spent = spentBetween(before, readCpu(stand.pids()));
    const cpu = spent.of(pidOf(stand.context, collector));
    return {
      target: collector,
      round,
      figures: {
        eventsPerSecond: (2 * count) / spent.seconds,
        appliedPerSecond: (2 * count) / (appliedMs / 1_000),
        cpuMicros: (cpu * 1e6) / (2 * count),
        kafkaCpuMicros: (spent.of(pidOf(stand.context, 'kafka')) * 1e6) / (2 * count),
        postgresCpuMicros: (spent.of(pidOf(stand.context, 'postgres')) * 1e6) / (2 * count),
      },
      foreignCores: spent.foreignCores,
      stealCores: spent.stealCores,
    };
  } finally {
    await database.end();
  }
}

/** Records of both topics that the collector's ledger says are applied. */
async function applied(database: Client): Promise<number> {
  const { rows } = await database.query<{ sum: string }>(
    `select coalesce(sum(next_offset), 0) as sum from outcome_collector.bus_ledger
     where topic in ('weir.prediction-served.v1', 'weir.outcome-reported.v1')`,
  );
  return Number(rows[0]?.sum ?? 0);
}

async function joined({ bus }: Stand): Promise<number> {
  return [...(await endsOfTopic(bus, outcomeJoined.topic)).values()].reduce((sum, end) => sum + Number(end), 0);
}

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('the backlog was not worked off within 15 minutes');
    await pause(lookMs);
  }
}
