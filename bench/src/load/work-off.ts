// A service that works off a backlog, on the whole machine: held down while that is written, then watched until all is applied and told.
import { rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endsOfTopic, type BusOptions } from '@weir/bus';
import { Client } from 'pg';
import { readCpu, spentBetween } from '../measure/cpu-meter';
import { type Measured } from '../measure/measured';
import { toRow } from '../measure/rows';
import { isQuiet, type Visit } from '../measure/visits';
import { pidOf } from '../targets/start-peers';
import { type Stand } from '../targets/stand';

const lookMs = 250;
const limitMs = 15 * 60_000;

/** What is worked off: records of these topics, by the service's own ledger; and where what comes of it is told. */
export interface Work {
  readonly service: string;
  /** Of the service's database. */
  readonly schema: string;
  readonly topics: readonly string[];
  readonly told: string;
}

export interface Backlog {
  /** Records of the topics that were written. */
  readonly records: number;
  /** Records that will be told when all is done. */
  readonly tells: number;
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

/** From the first record to the last one told. */
export async function workOff(stand: Stand, work: Work, round: number, { records, tells }: Backlog): Promise<Visit> {
  const database = new Client({ connectionString: stand.addresses.databaseUrl });
  await database.connect();
  try {
    const end = await endOf(stand.bus, work.topics);
    const toldBefore = await endOf(stand.bus, [work.told]);
    await until(async () => (await applied(database, work)) > end - records);
    const before = readCpu(stand.pids());
    await until(async () => (await applied(database, work)) >= end);
    const appliedMs = performance.now() - before.atMs;
    await until(async () => (await endOf(stand.bus, [work.told])) >= toldBefore + tells);
    const spent = spentBetween(before, readCpu(stand.pids()));
    const cpuOf = (name: string) => (spent.of(pidOf(stand.context, name)) * 1e6) / records;
    return {
      target: work.service,
      round,
      figures: {
        eventsPerSecond: records / spent.seconds,
        appliedPerSecond: (1_000 * records) / appliedMs,
        cpuMicros: cpuOf(work.service),
        kafkaCpuMicros: cpuOf('kafka'),
        postgresCpuMicros: cpuOf('postgres'),
      },
      foreignCores: spent.foreignCores,
      stealCores: spent.stealCores,
    };
  } finally {
    await database.end();
  }
}

/** One row: events a second. */
export function measuredOf(row: string, visits: readonly Visit[]): Measured {
  const pairs = visits.map((visit) => ({
    round: visit.round,
    value: visit.figures['eventsPerSecond'] ?? NaN,
    quiet: isQuiet(visit),
  }));
  return { rows: [toRow(row, pairs, 'quiet')], visits: [...visits] };
}

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('the backlog was not worked off within 15 minutes');
    await pause(lookMs);
  }
}

async function applied(database: Client, { schema, topics }: Work): Promise<number> {
  const { rows } = await database.query<{ sum: string }>(
    `select coalesce(sum(next_offset), 0) as sum from ${schema}.bus_ledger where topic = any($1::text[])`,
    [topics],
  );
  return Number(rows[0]?.sum ?? 0);
}

async function endOf(bus: BusOptions, topics: readonly string[]): Promise<number> {
  const ends = await Promise.all(topics.map((topic) => endsOfTopic(bus, topic)));
  return ends.flatMap((positions) => [...positions.values()]).reduce((sum, end) => sum + Number(end), 0);
}
