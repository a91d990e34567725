// The allocator killed with -9 twenty times while outcomes come, some again, some revised: its weights are those that anyone computes from the outcomes.
import { allocate, learn, rewardChanges, type BanditState } from '@weir/bandits';
import { createProducer, endsOfTopic, readRange, toRecord, type BusOptions, type Producer } from '@weir/bus';
import {
  outcomeJoined,
  policyPublished,
  weightsAllocated,
  type OutcomeJoined,
  type WeightsAllocated,
} from '@weir/contracts';
import { buildOutcomeJoined, buildPolicy, buildSlice, eventually } from '@weir/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { rewindCommits } from './rewind-commits';
import { seeded } from './seeded';
import { System } from './system';

const times = Number(process.env['WEIR_KILLS'] ?? 20);
const seed = 20_261_123;
const rollout = '01940000-0000-7000-8000-00000000ba4d';
const rates = { v1: 0.1, v2: 0.13, v3: 0.06 } as const;
const arms = ['v1', 'v2', 'v3'] as const;
const weights = { v1: 3_334, v2: 3_333, v3: 3_333 };
const halfLifeMs = 3_600_000;

let system: System;
let producer: Producer;
let bus: BusOptions;

afterEach(async () => {
  await producer?.close();
  await system?.stop();
});

function policy() {
  const version = { modelName: 'spam', instances: [{ url: 'http://127.0.0.1:1', state: 'in-service' as const }] };
  return buildPolicy({
    ...{ model: 'killed-bandit', revision: 1, epoch: 1, versions: { v1: version, v2: version, v3: version } },
    metrics: {
      clicked: {
        type: 'binary',
        direction: 'up',
        combine: 'last',
        per: 'prediction',
        withinMs: 60_000,
        missing: 'zero',
      },
    },
    slices: [
      buildSlice({
        ...{ rollout, kind: 'bandit', assign: 'prediction', arms: weights },
        spec: {
          kind: 'bandit',
          algorithm: 'thompson',
          metric: 'clicked',
          updateMs: 1_000,
          floorBps: 200,
          halfLifeMs,
          stopAtRemainingValue: 0.01,
        },
      }),
    ],
  });
}

/** Outcomes up to 24 hours after their predictions; of those sent before, some come again and some are revised. */
class Outcomes {
  readonly all: OutcomeJoined[] = [];
  /** By prediction: the greatest revision. */
  readonly standing = new Map<string, OutcomeJoined>();
  private readonly random = seeded(seed);

  next(count: number): OutcomeJoined[] {
    const events = Array.from({ length: count }, () => this.one());
    this.all.push(...events);
    for (const event of events)
      if (event.revision >= (this.standing.get(event.predictionId)?.revision ?? 0))
        this.standing.set(event.predictionId, event);
    return events;
  }

  private one(): OutcomeJoined {
    const known = this.all[Math.floor(this.random() * this.all.length)];
    const fate = this.random();
    if (known && fate < 0.1) return known;
    if (known && fate < 0.15) {
      const revision = (this.standing.get(known.predictionId)?.revision ?? 0) + 1;
      return { ...known, revision, value: 0.9 };
    }
    const arm = arms[Math.floor(this.random() * 3)] ?? 'v1';
    const servedAt = new Date(Date.now() - 86_400_000 * this.random() ** 4).toISOString();
    return buildOutcomeJoined({
      ...{
        predictionId: uuidv7(),
        model: 'killed-bandit',
        rollout,
        arm,
        answeredBy: arm,
        metric: 'clicked',
        weights,
        epoch: 1,
      },
      ...{
        value: this.random() < rates[arm] ? 1 : 0,
        propensity: weights[arm] / 10_000,
        servedAt,
        countedAt: servedAt,
      },
    });
  }
}

/** From nothing but the outcomes. */
function oracle(outcomes: Outcomes, asOf: string) {
  const changes = [...outcomes.standing.values()].flatMap(({ predictionId, revision, arm, value, servedAt }) =>
    rewardChanges(
      { identity: predictionId, revision, arm, servedAtMs: Date.parse(servedAt), reward: value },
      undefined,
      halfLifeMs,
    ),
  );
  const state: BanditState = learn(new Map(), changes);
  const plan = {
    algorithm: 'thompson',
    likelihood: 'bernoulli',
    direction: 'up',
    halfLifeMs,
    floor: 0.02,
    arms,
  } as const;
  return allocate(state, plan, Date.parse(asOf));
}

async function allocated(): Promise<WeightsAllocated[]> {
  const events: WeightsAllocated[] = [];
  await readRange(bus, weightsAllocated, new Map(), (event) => {
    if (event?.rollout === rollout) events.push(event);
  });
  return events;
}

it('kill-bandit-allocator: weights are an oracle’s to the last bit, and redeliveries happened', async () => {
  system = await System.start();
  const { kafkaBrokers, allocator } = system.run();
  bus = { brokers: kafkaBrokers.split(','), clientId: 'allocator-kills', topicPrefix: system.topic('') };
  producer = createProducer(bus);
  await producer.send([toRecord(policyPublished, policy())]);
  const outcomes = new Outcomes();
  let [pouring, redelivered] = [true, 0];
  const pour = (async () => {
    for (; pouring; await sleep(100))
      await producer.send(outcomes.next(50).map((event) => toRecord(outcomeJoined, event)));
  })();
  const handled = () => system.metric(allocator, 'weir_bus_handled_total').catch(() => 0);
  const counted = () => system.metric(allocator, 'weir_bus_redelivered_total');
  try {
    for (let round = 1; round <= times; round += 1) {
      await eventually(async () => (await handled()) >= 100, { timeoutMs: 60_000, everyMs: 50 });
      redelivered += await counted();
      if (round % 2 === 0)
        await system.without('bandit-allocator', () => rewindCommits(system, 'bandit-allocator', 100));
      else await system.kill('bandit-allocator');
    }
  } finally {
    pouring = false;
    await pour;
  }
  const ends = await endsOfTopic(bus, outcomeJoined.topic);
  const isWhole = ({ offsets }: WeightsAllocated) =>
    [...ends].every(([partition, end]) => end === 0n || BigInt(offsets[partition] ?? 0) === end);
  const last = await eventually(async () => (await allocated()).findLast(isWhole), {
    timeoutMs: 120_000,
    everyMs: 500,
  });
  redelivered += await counted();
  const expected = oracle(outcomes, last.asOf);
  const of = (value: (arm: (typeof expected.arms)[string]) => number) =>
    Object.fromEntries(Object.entries(expected.arms).map(([arm, each]) => [arm, value(each)]));
  console.info(
    `figure kill-bandit-allocator: ${times} kills, ${outcomes.all.length} records of ${outcomes.standing.size} outcomes, ${redelivered} redelivered, ${last.sequence} allocations, weights ${JSON.stringify(last.weights)}`,
  );
  expect(last.weights).toEqual(expected.weights);
  expect(last.probabilityBest).toEqual(of((arm) => arm.probabilityBest));
  expect(last.effectiveSamples).toEqual(of((arm) => arm.effectiveOutcomes));
  expect(redelivered).toBeGreaterThan(0);
});
