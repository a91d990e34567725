// From outcomes to the weights that routers serve by, through collector, allocator and controller: how long that takes where outcomes are the reason to compute them.
import { eventually } from '@weir/testing';
import { randomUUID } from 'node:crypto';
import { banditOf, stageBandit, startVersions } from './stage-bandit';
import { System } from './system';
import { readTopic } from './tap';
import { reportOutcome } from './traffic';

const times = Number(process.env['WEIR_ALLOCATIONS'] ?? 40);
const predictions = 30;
const patience = { timeoutMs: 60_000, everyMs: 100 };

interface Applied {
  readonly router: string;
  readonly models: Readonly<Record<string, { readonly revision: number }>>;
  readonly at: string;
}

it('weights-latency: at most 2 s (p95) from the arrival of outcomes to new weights in two routers', async () => {
  const system = await System.start({ routers: 2 });
  const servers = await startVersions();
  const latencies: number[] = [];
  try {
    for (let round = 1; round <= times; round += 1) latencies.push(await moveOnce(system, `moved-${round}`, servers));
  } finally {
    await system.stop();
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
  const p95 = quantile(latencies, 0.95);
  console.info(
    `figure weights-latency: outcome to weights in both routers: median ${quantile(latencies, 0.5)} ms, p95 ${p95} ms, most ${Math.max(...latencies)} ms (${times} times)`,
  );
  expect(p95).toBeLessThanOrEqual(2_000);
});

async function moveOnce(
  system: System,
  model: string,
  servers: Awaited<ReturnType<typeof startVersions>>,
): Promise<number> {
  const bandit = { update: '1h', updateOutcomes: predictions, maxDuration: '2h' };
  const { rollout } = await stageBandit(system, model, bandit, servers);
  const first = await eventually(
    async () => ((seen) => seen.bandits[0]?.allocation && seen)(await banditOf(system, rollout)),
    patience,
  );
  const { router, collector } = system.run();
  const answers = await Promise.all(
    Array.from({ length: predictions }, (_, index) => predict(router[index % 2] ?? '', model)),
  );
  await eventually(async () => (await counted(collector, model)) === predictions, patience);
  const outcomes = answers.map(({ predictionId, version }) => ({
    predictionId,
    metric: 'liked',
    value: version === 'v2',
  }));
  const sentAtMs = Date.now();
  await reportOutcome(collector, outcomes);
  await eventually(async () => {
    const { desired } = (await banditOf(system, rollout)).weights;
    return JSON.stringify(desired) !== JSON.stringify(first.weights.desired);
  }, patience);
  const { body } = await system.api<{ revision: number }>('GET', `/models/${model}/policy`);
  const inForceAtMs = await lastApplied(system, model, body.revision);
  await system.api('POST', `/rollouts/${rollout}/abort`, { reason: 'measured' });
  return inForceAtMs - sentAtMs;
}

async function predict(router: string, model: string): Promise<{ predictionId: string; version: string | null }> {
  const predictionId = randomUUID();
  const response = await fetch(`${router}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weir-prediction-id': predictionId },
    body: JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] }),
  });
  await response.arrayBuffer();
  return { predictionId, version: response.headers.get('x-weir-version') };
}

async function counted(collector: string, model: string): Promise<number> {
  const response = await fetch(`${collector}/api/v1/tallies?model=${model}`);
  return ((await response.json()) as { predictions: number }).predictions;
}

/** When the last of both routers first said that it serves by this revision or a later one, by its own clock. */
function lastApplied(system: System, model: string, revision: number): Promise<number> {
  return eventually(async () => {
    const said = (await readTopic(system.run().kafkaBrokers, system.topic('weir.policy-applied.v1')))
      .map(({ value }) => value as Applied)
      .filter(({ models }) => (models[model]?.revision ?? 0) >= revision);
    const firsts = new Map<string, number>();
    for (const { router, at } of said) firsts.set(router, Math.min(firsts.get(router) ?? Infinity, Date.parse(at)));
    return firsts.size >= 2 && Math.max(...firsts.values());
  }, patience);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;
}
