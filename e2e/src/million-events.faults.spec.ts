// A million predictions and half as many outcomes through Kafka, the collector and its evidence: what comes out is what a count of the sender's gives.
import { eventually, ModelServer } from '@weir/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { Client } from 'pg';
import { half, MillionBook, type Counted, type InForce, type Life } from './million-book';
import { tallies } from './reconcile';
import { applied, type RolloutAnswer } from './stage';
import { System } from './system';
import { readTopic } from './tap';

const predictions = Number(process.env['WEIR_MILLION'] ?? 1_000_000);
const kills = Number(process.env['WEIR_KILLS'] ?? 2);
const seed = 20_261_123;
const model = 'million';
const chunk = 500;
/** Twenty predictions each at the full size. */
const units = Math.max(10, Math.floor(predictions / 20));
/** On a machine that others use too. */
const patienceMs = 100 * 60_000;

let system: System;
const servers: ModelServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await system?.stop();
});

it(
  'million-events: the sums of the evidence are those of an independent count, exactly',
  async () => {
    system = await System.start();
    const book = new MillionBook(await stage(), seed, units);
    const startedAt = performance.now();
    await send(book);
    const sentMs = performance.now() - startedAt;
    await settled(book);
    const tookMs = performance.now() - startedAt;
    const { predictions: counted, outcomes } = await tallies(system, model);
    const { sent } = book;
    console.info(
      `figure million-events: ${counted} predictions of ${units} units, ${JSON.stringify(outcomes)}, sent in ${seconds(sentMs)}, counted after ${seconds(tookMs)}; ${await bytesOfUnit()} bytes of disk a unit`,
    );
    expect(counted).toBe(predictions);
    expect(outcomes).toMatchObject({
      joined: sent.outcomes + sent.revisions,
      late: 0,
      orphan: 0,
      pending: 0,
      rejected: 0,
    });
    expect(outcomes.duplicate).toBeGreaterThanOrEqual(sent.duplicates);
    expect(await evidenceSums()).toEqual(Object.fromEntries([...book.counted()].sort()));
  },
  patienceMs,
);

/** With its index, and what updates have left. */
async function bytesOfUnit(): Promise<number> {
  const sql = `select pg_total_relation_size('outcome_collector.units')::float8 / count(*) as bytes from outcome_collector.units`;
  const database = new Client({ connectionString: system.run().databaseUrl });
  await database.connect();
  const { rows } = await database.query<{ bytes: number }>(sql).finally(() => database.end());
  return Math.round(rows[0]?.bytes ?? 0);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}

/** A canary at one half that nobody moves. */
async function stage(): Promise<InForce> {
  const [v1, v2] = await Promise.all([
    ModelServer.start({ name: 'v1', label: 'spam' }),
    ModelServer.start({ name: 'v2', label: 'spam' }),
  ]);
  servers.push(v1, v2);
  const lasting = { direction: 'up', within: '1h' };
  await ask('PUT', `/models/${model}`, {
    name: model,
    stable: 'v1',
    versions: { v1: { instances: [v1.url] }, v2: { instances: [v2.url] } },
    metrics: {
      correct: { type: 'truth', output: 'label', ...lasting },
      clicked: { type: 'binary', direction: 'up', within: '90s', missing: 'zero' },
      revenue: { type: 'numeric', per: 'unit', ...lasting },
      'spent-per-click': { type: 'ratio', numerator: 'revenue', denominator: 'clicked' },
    },
  });
  const canary = { steps: [{ weight: '50%', hold: 'manual' }] };
  const { id } = await ask<RolloutAnswer>('POST', '/rollouts', { model, candidates: ['v2'], stages: [{ canary }] });
  await applied(system, id);
  const policy = await ask<{ revision: number; slices: { epoch: number; arms: object }[] }>(
    'GET',
    `/models/${model}/policy`,
  );
  expect(policy.slices[0]?.arms).toEqual(half);
  return { model, rollout: id, revision: policy.revision, epoch: policy.slices[0]?.epoch ?? 0 };
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await system.api<T>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** As fast as the broker takes it, while the collector works, and is killed. */
async function send(book: MillionBook): Promise<void> {
  const kafka = new Kafka({
    clientId: 'million',
    brokers: system.run().kafkaBrokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer();
  await producer.connect();
  const killAt = Array.from({ length: kills }, (_, index) => Math.floor(((index + 1) * predictions) / (kills + 1)));
  try {
    while (book.sent.predictions < predictions) {
      const lives = Array.from({ length: Math.min(chunk, predictions - book.sent.predictions) }, () => book.next());
      await sendLives(producer, lives);
      if (killAt[0] !== undefined && book.sent.predictions >= killAt[0]) {
        killAt.shift();
        await system.kill('outcome-collector', 120_000);
      }
    }
  } finally {
    await producer.disconnect();
  }
}

async function sendLives(producer: Producer, lives: readonly Life[]): Promise<void> {
  const messages = (of: (life: Life) => readonly object[]) =>
    lives.flatMap((life) => of(life).map((value) => ({ key: life.predictionId, value: JSON.stringify(value) })));
  await producer.sendBatch({
    acks: -1,
    topicMessages: [
      { topic: system.topic('weir.prediction-served.v1'), messages: messages(({ served }) => [served]) },
      { topic: system.topic('weir.outcome-reported.v1'), messages: messages(({ outcomes }) => outcomes) },
    ],
  });
}

/** Everything counted, matured, closed and published. As long as there is progress there is hope. */
async function settled({ sent }: MillionBook): Promise<void> {
  const database = new Client({ connectionString: system.run().databaseUrl });
  await database.connect();
  let last = '';
  let movedAt = performance.now();
  try {
    const look = async () => {
      const { predictions: counted, outcomes } = await tallies(system, model);
      const { rows } = await database.query<{ left: string }>(left);
      const now = JSON.stringify({ counted, outcomes, left: rows[0]?.left });
      if (now !== last) movedAt = performance.now();
      last = now;
      const states = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      if (
        counted >= sent.predictions &&
        states >= sent.outcomes + sent.duplicates + sent.revisions &&
        rows[0]?.left === '0'
      )
        return true;
      throw new Error(now);
    };
    const hopeless = () => (performance.now() - movedAt > 300_000 ? `nothing moves: ${last}` : undefined);
    await eventually(look, { timeoutMs: patienceMs, everyMs: 2_000, hopeless });
  } finally {
    await database.end();
  }
}

const left = `select (select count(*) from outcome_collector.maturing) + (select count(*) from outcome_collector.evidence_rows)
  + (select count(*) from outcome_collector.bus_outbox) as left`;

interface Row {
  readonly window: { readonly index: number; readonly rows?: number };
  readonly arm: string;
  readonly metric: string;
  readonly period: number;
  readonly epoch: number;
  readonly final: boolean;
  readonly n: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly newUnits: number;
  readonly once: { readonly n: number };
  readonly unitSums: Readonly<Record<'n' | 'y' | 'd' | 'yy' | 'yd' | 'dd', number>>;
  readonly excluded: Readonly<Record<string, number>>;
}

/** The final rows, each once, added up by arm and metric. */
async function evidenceSums(): Promise<Record<string, Counted>> {
  const records = await readTopic(system.run().kafkaBrokers, system.topic('weir.evidence.v1'));
  const finals = new Map<string, Row>();
  for (const { value } of records) {
    const row = value as Row;
    const { window, arm, metric, period, epoch } = row;
    if (row.final) finals.set(JSON.stringify([window.index, arm, metric, period, epoch]), row);
  }
  const sums = new Map<string, Counted>();
  for (const row of finals.values())
    sums.set(`${row.arm} ${row.metric}`, plus(sums.get(`${row.arm} ${row.metric}`), row));
  return Object.fromEntries([...sums].sort());
}

function plus(sums: Counted | undefined, row: Row): Counted {
  const of = (read: (of: Counted | Row) => number) => (sums ? read(sums) : 0) + read(row);
  const unit = (name: keyof Counted['unitSums']) => of(({ unitSums }) => unitSums[name]);
  return {
    n: of(({ n }) => n),
    sum: of(({ sum }) => sum),
    sumSquares: of(({ sumSquares }) => sumSquares),
    newUnits: of(({ newUnits }) => newUnits),
    firsts: (sums?.firsts ?? 0) + row.once.n,
    unitSums: { n: unit('n'), y: unit('y'), d: unit('d'), yy: unit('yy'), yd: unit('yd'), dd: unit('dd') },
    excluded: (sums?.excluded ?? 0) + Object.values(row.excluded).reduce((sum, count) => sum + count, 0),
  };
}
