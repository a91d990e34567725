// Shadows under fire: the comparator killed again and again, and shadows that are sick beside callers who must not notice.
import { eventually } from '@weir/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { servedInKafka } from './reconcile';
import { askOverKafka, comparisonsOf, resultsOf, SickServer, stageShadow, sumOf } from './stage-shadow';
import { System } from './system';
import { readTopic, type TappedRecord } from './tap';
import { killRepeatedly, redeliveredInAll, seed, underTraffic, type Kill } from './under-fire';

const times = Number(process.env['WEIR_KILLS'] ?? 20);
const pairs = Number(process.env['WEIR_SHADOW_PAIRS'] ?? 7);
const phaseMs = 5_000;
const overKafka = 50;
const manyOverKafka = Array.from({ length: overKafka }, () => ({ model: 'shadowed' }));

let system: System;
let servers: SickServer[] = [];

async function startServer(): Promise<SickServer> {
  const server = await SickServer.start();
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
  await system?.stop();
});

it('comparator-kills: every prediction with a shadow ends as one result, none lost, none twice', async () => {
  console.info(`seed ${seed}, ${times} kills`);
  system = await System.start({ env: { WEIR_SHADOW_MAX_AGE_SECONDS: '600', WEIR_SHADOW_BUDGET_SECONDS: '20' } });
  const [stable, shadow] = [await startServer(), await startServer()];
  const rollout = await stageShadow(system, { model: 'shadowed', stable: stable.url, shadow: shadow.url });
  const kills: Kill[] = [];
  const traffic = await underTraffic(system, { model: 'shadowed' }, async (running) => {
    await askOverKafka(system, manyOverKafka);
    kills.push(...(await killRepeatedly(system, running, 'shadow-comparator', times)));
    await askOverKafka(system, manyOverKafka);
  });
  await eventually(() => traffic.underWay === 0);
  const { failures } = traffic;
  const asked = traffic.answers.length + 2 * overKafka;
  const served = await eventually(
    async () => {
      const known = await servedInKafka(system, 'shadowed');
      return known.size >= asked && known;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  // what became of it says where it was lost: a prediction that was never read did not reach its router
  for (const { predictionId, error, sentAtMs, tookMs } of failures)
    console.info(
      `without an answer: ${error} after ${tookMs.toFixed(1)} ms, ${kills.map(({ atMs }) => ((sentAtMs - atMs) / 1_000).toFixed(1)).join(' ')} s since the kills, ${served.has(predictionId) ? 'recorded' : 'never read'}`,
    );
  expect(failures).toEqual([]);
  await settled(rollout, served.size);
  const results = resultsOf(await comparisonsOf(system, rollout));
  expect(sumOf(results)).toBe(served.size);

  const told = await eventually(
    async () => {
      const events = first(await readTopic(system.run().kafkaBrokers, system.topic('weir.prediction-compared.v1')));
      return events.length >= served.size && events;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  const ids = told.map(({ value }) => (value as { predictionId: string }).predictionId);
  expect({ twice: ids.length - new Set(ids).size }).toEqual({ twice: 0 });
  expect(new Set(ids)).toEqual(new Set(served.keys()));
  const counted = await eventually(
    async () => {
      const sum = await countedInEvidence(rollout);
      return sum >= served.size && { sum };
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  expect(counted.sum).toBe(served.size);
  const redelivered = await redeliveredInAll(system, kills);
  console.info(
    `figure comparator-kills: ${kills.length} kills, ${served.size} predictions (${2 * overKafka} over Kafka), results ${JSON.stringify(results)}, ${redelivered} redelivered`,
  );
  expect(kills).toHaveLength(times);
  expect(redelivered).toBeGreaterThan(0);
});

const sicknesses = [
  ['well', (shadow: SickServer) => shadow.behave({ kind: 'answer', latencyMs: 5 })],
  ['ten times slower', (shadow: SickServer) => shadow.behave({ kind: 'answer', latencyMs: 50 })],
  ['garbage', (shadow: SickServer) => shadow.behave({ kind: 'garbage', latencyMs: 0 })],
  ['hung', (shadow: SickServer) => shadow.behave({ kind: 'hang', latencyMs: 0 })],
  ['killed', (shadow: SickServer) => void shadow.stop()],
] as const;

it('shadow-hurts-nobody: callers wait no longer and get no error, whatever ails the shadow, and coverage is told as it is', async () => {
  system = await System.start();
  const [stable, shadow] = [await startServer(), await startServer()];
  stable.behave({ kind: 'answer', latencyMs: 5 });
  await stageShadow(system, { model: 'alone', stable: stable.url, shadow: undefined });
  const rollout = await stageShadow(system, {
    ...{ model: 'shadowed', stable: stable.url, shadow: shadow.url },
    shadowStage: { limits: { errorRateDifference: 0.999 } }, // a sick shadow would end its stage
  });
  await phase('alone');
  let asked = (await phase('shadowed')).length; // warm
  await settled(rollout, asked);
  const medians: Record<string, number> = {};
  for (const [what, sicken] of sicknesses) {
    sicken(shadow);
    const differences: number[] = [];
    const known = resultsOf(await comparisonsOf(system, rollout));
    let shadowed = 0;
    for (let pair = 0; pair < pairs; pair += 1) {
      const order = pair % 2 === 0 ? (['alone', 'shadowed'] as const) : (['shadowed', 'alone'] as const);
      const p99: Record<string, number> = {};
      for (const model of order) {
        const latencies = await phase(model);
        p99[model] = percentile(latencies, 0.99);
        if (model === 'shadowed') {
          shadowed += latencies.length;
          asked += latencies.length;
        }
        await settled(rollout, asked); // what lags behind must not fall into the other's phase
      }
      differences.push((p99['shadowed'] ?? NaN) - (p99['alone'] ?? NaN));
    }
    medians[what] = percentile(differences, 0.5);
    const results = since(known, resultsOf(await comparisonsOf(system, rollout)));
    console.info(
      `figure shadow-hurts-nobody, ${what}: p99 ${medians[what]?.toFixed(2)} ms more at the median of ${pairs} pairs (${differences.map((ms) => ms.toFixed(2)).join(' ')}); ${JSON.stringify(results)}`,
    );
    expect(sumOf(results)).toBe(shadowed);
    expect(Object.keys(results).filter((name) => !expected[what].test(name))).toEqual([]);
  }
  expect((await servedInKafka(system, 'shadowed')).size).toBe(asked);
  expect(sumOf(resultsOf(await comparisonsOf(system, rollout)))).toBe(asked);
  expect(Object.entries(medians).filter(([, ms]) => ms > 1)).toEqual([]);
});

/** What may come of a prediction whose shadow is so: bounds and breakers may speak first. */
const expected: Readonly<Record<(typeof sicknesses)[number][0], RegExp>> = {
  well: /^(?:compared|skipped\.over-bound)$/,
  'ten times slower': /^(?:compared|skipped\.over-bound)$/,
  garbage: /^(?:failed\.unreadable|skipped\.over-bound)$/,
  hung: /^(?:failed\.(?:timeout|unreachable)|skipped\.(?:over-bound|too-old))$/,
  killed: /^(?:failed\.(?:unreachable|error|timeout)|skipped\.(?:over-bound|too-old))$/,
};

/** Callers of one model for a while; how long each waited, milliseconds. */
async function phase(model: string): Promise<number[]> {
  const traffic = await underTraffic(system, { model }, () => pause(phaseMs), { never: 1 });
  await eventually(() => traffic.underWay === 0); // the last may have been sent while the traffic ended
  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
  return traffic.answers.map(({ tookMs }) => tookMs);
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN;
}

async function settled(rollout: string, count: number): Promise<void> {
  await eventually(async () => sumOf(resultsOf(await comparisonsOf(system, rollout))) >= count, {
    ...{ timeoutMs: 180_000, everyMs: 250 },
  });
}

function since(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  const changed = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}

/** The same event may be sent twice by a relay that died: it is known by its id. */
function first(records: readonly TappedRecord[]): TappedRecord[] {
  return [...new Map(records.map((record) => [record.headers['ce_id'] ?? '', record])).values()];
}

async function countedInEvidence(rollout: string): Promise<number> {
  const rows = first(await readTopic(system.run().kafkaBrokers, system.topic('weir.evidence.v1')));
  return rows.reduce((sum, { value }) => {
    const row = value as { rollout: string; source?: string; metric: string; n: number };
    return row.rollout === rollout && row.source === 'comparator' && row.metric.startsWith('result.')
      ? sum + row.n
      : sum;
  }, 0);
}
