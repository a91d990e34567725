// Outcomes move the traffic: to the best arm, away from one that fails, though the allocator is killed in between; and the books agree.
import { contextWeights, toBasisPoints } from '@weir/bandits';
import {
  type OffPolicyView,
  type PolicyPublished,
  type PredictionServed,
  type WeightsAllocated,
} from '@weir/contracts';
import { eventually } from '@weir/testing';
import { Callers, type Call, type CallersOptions } from './callers';
import { reconcile, tallies } from './reconcile';
import { seeded } from './seeded';
import { reached } from './stage';
import { banditOf, LikesOverKafka, putLiked, stageBandit, startVersions, submitStage } from './stage-bandit';
import { System } from './system';
import { readTopic } from './tap';
import { Traffic } from './traffic';
import { weirctl } from './weirctl';

const seed = 20261123;
const patience = { timeoutMs: 90_000, everyMs: 200 };
let system: System;
let traffic: Traffic | undefined;
const asking: Callers[] = [];

function startCallers(options: CallersOptions): Callers {
  const callers = new Callers(system, options).start();
  asking.push(callers);
  return callers;
}

beforeAll(async () => {
  console.info(`seed ${seed}`);
  system = await System.start({ routers: 2 });
}, 180_000);

afterEach(async () => {
  await traffic?.stop();
  await Promise.all(asking.splice(0).map((callers) => callers.leave()));
});
afterAll(() => system?.stop());

async function eventsOf<T extends { model: string }>(topic: string, model: string): Promise<T[]> {
  const records = await readTopic(system.run().kafkaBrokers, system.topic(`weir.${topic}.v1`));
  return records.map(({ value }) => value as T).filter((event) => event.model === model);
}

const policiesOf = (model: string) => eventsOf<PolicyPublished>('policy-published', model);
const servedOf = (model: string) => eventsOf<PredictionServed>('prediction-served', model);

/** What another allocation would have earned. */
async function offPolicy(model: string, order: object): Promise<OffPolicyView> {
  const { status, body } = await system.api<OffPolicyView>('POST', `/models/${model}/off-policy`, order);
  if (status !== 200) throw new Error(`off-policy: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** Until the collector has joined all that callers said. */
async function joined(model: string, callers: Callers): Promise<void> {
  await eventually(async () => (await tallies(system, model)).outcomes.joined === callers.outcomes, patience);
}

it('moves the traffic to the arm that callers like, closes one that fails, and ends with the best in charge', async () => {
  const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
  const bandit = { update: '1s', halfLife: '1h', guardrails, decide: 'manual' };
  const staged = await stageBandit(system, 'liked', bandit, await startVersions());
  const { rollout, servers } = staged;
  const { router, collector } = system.run();
  const options = { routers: router, collector, model: 'liked', ratePerSecond: 120, units: 20_000, never: 1, seed };
  const callers = (traffic = new Traffic(options));
  const likes = new LikesOverKafka(system, callers, { seed, rates: { v1: 0.6, v2: 0.8, v3: 0.9 } });
  const running = callers.run();
  await likes.start();
  const view = () => banditOf(system, rollout);

  // the arm that would have been the best begins to fail
  await eventually(async () => (await view()).bandits[0]?.allocation, patience);
  servers.v3.behaviour = { kind: 'answer', status: 500 };
  const closed = await eventually(
    async () => ((seen) => seen.bandits[0]?.arms['v3']?.out && seen)(await view()),
    patience,
  );
  expect(closed).toMatchObject({ state: 'running', weights: { desired: { v3: 0 } } });
  expect(closed.bandits[0]?.arms['v3']?.out?.reason).toContain('error');

  await system.kill('bandit-allocator');
  const before = closed.bandits[0]?.allocation?.sequence ?? 0;
  const moved = await eventually(async () => {
    const seen = await view();
    const { arms, allocation } = seen.bandits[0] ?? {};
    return (arms?.['v2']?.weightBps ?? 0) >= 9_000 && (allocation?.sequence ?? 0) > before && seen;
  }, patience);
  expect(moved.weights.desired).toMatchObject({ v3: 0 });
  const decided = await eventually(async () => ((seen) => seen.bandits[0]?.decision && seen)(await view()), patience);
  expect(decided.bandits[0]?.decision).toMatchObject({ kind: 'winner', winner: 'v2' });
  await system.api('POST', `/rollouts/${rollout}/promote`, { reason: 'the bandit has found it' });
  expect(await reached(system, rollout, 'completed', 30_000)).toMatchObject({ winner: 'v2' });

  await callers.stop();
  await running;
  await likes.stop();
  const { outcomes } = await reconcile(system, 'liked', callers);
  expect(outcomes).toMatchObject({ joined: callers.outcomesSent, duplicate: 0, orphan: 0, late: 0 });
  expect(callers.answers.filter(({ status }) => status !== 200)).toEqual([]);
  // once closed, never raised again
  const weights = (await policiesOf('liked')).flatMap(({ slices }) => slices.map(({ arms }) => arms['v3'] ?? 0));
  expect(weights.slice(weights.indexOf(0))).toEqual(weights.slice(weights.indexOf(0)).map(() => 0));
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}, 300_000);

const onPhones = { v1: 0.9, v2: 0.1, v3: 0.1 };
const atDesks = { v1: 0.2, v2: 0.8, v3: 0.1 };
const oneOf = (random: () => number, rates: Record<string, number>) => (version: string) => ({
  liked: random() < (rates[version] ?? 0),
});

it('tells callers apart by an attribute, with the probability that it records; goes on with one arm more; and all of it can be computed again', async () => {
  const random = seeded(seed + 1);
  const model = 'by-device';
  const servers = await startVersions();
  await putLiked(system, model, servers);
  const stage = {
    bandit: {
      ...{ metric: 'liked', algorithm: 'square-cb', update: '1s', halfLife: '1h' },
      context: [{ attribute: 'device', values: ['phone', 'desktop'] }],
    },
  };
  const before = await submitStage(system, model, stage, ['v2']);
  const next = (): Call => {
    const device = random() < 0.5 ? 'phone' : 'desktop';
    return {
      ...{ unit: `unit-${Math.floor(random() * 1e6)}`, attributes: { device } },
      thinks: oneOf(random, device === 'phone' ? onPhones : atDesks),
    };
  };
  const callers = startCallers({ model, ratePerSecond: 100, next });
  const shareOf = async (device: string, arm: string) => {
    const { body } = await system.api<PolicyPublished>('GET', `/models/${model}/policy`);
    const form = body.slices[0]?.context;
    return (form && contextWeights(form, { device })[arm]) ?? 0;
  };
  const known = await eventually(async () => {
    const samples = (await banditOf(system, before)).bandits[0]?.arms['v1']?.effectiveSamples ?? 0;
    const learnt = (await shareOf('phone', 'v1')) > 0.8 && (await shareOf('desktop', 'v2')) > 0.8;
    return learnt && samples > 100 && samples;
  }, patience);

  // one arm more: what is known of the others goes on
  const rollout = await submitStage(system, model, stage, ['v2', 'v3']);
  const seen = await eventually(
    async () => ((view) => view.bandits[0]?.allocation && view)(await banditOf(system, rollout)),
    patience,
  );
  expect(seen.bandits[0]?.arms['v1']?.effectiveSamples).toBeGreaterThan(0.95 * known);
  await eventually(async () => (await shareOf('phone', 'v3')) > 0 && (await shareOf('phone', 'v1')) > 0.8, patience);
  await callers.stop();
  await joined(model, callers);

  // what each record says of itself is what its policy gave its context, and arms were met as often as that
  const policies = new Map((await policiesOf(model)).map((policy) => [policy.revision, policy.slices[0]]));
  const met = { v1: 0, expected: 0, variance: 0 };
  const records = await servedOf(model);
  for (const { policyRevision, attributes = {}, weights, propensity, arm } of records) {
    const slice = policies.get(policyRevision);
    const shares = slice?.context && Object.entries(contextWeights(slice.context, attributes));
    const points = shares && toBasisPoints(shares.map(([, share]) => share));
    const given = shares ? Object.fromEntries(shares.map(([each], at) => [each, points?.[at]])) : slice?.arms;
    expect(weights).toEqual(given);
    expect(propensity).toBe((weights[arm] ?? 0) / 10_000);
    const share = (weights['v1'] ?? 0) / 10_000;
    met.v1 += Number(arm === 'v1');
    met.expected += share;
    met.variance += share * (1 - share);
  }
  expect(records).toHaveLength(Object.values(callers.answered).reduce((sum, count) => sum + count, 0));
  expect(Math.abs(met.v1 - met.expected)).toBeLessThan(4.5 * Math.sqrt(met.variance));

  // what is known exactly of these callers is what the log says of it
  const segments = [{ when: { device: 'phone' }, weights: { v1: '100%' } }];
  const would = await offPolicy(model, { metric: 'liked', weights: { v2: '100%' }, segments });
  expect(would).toMatchObject({ usable: true, method: 'weights' });
  const { snips = NaN, standardErrors } = would.estimate ?? {};
  expect(Math.abs(snips - (onPhones.v1 + atDesks.v2) / 2)).toBeLessThan(4.5 * (standardErrors?.snips ?? 0));
  const few = await offPolicy(model, { metric: 'liked', weights: { v2: '100%' }, limit: 60 });
  expect([few.usable, few.sentence]).toEqual([false, expect.stringMatching(/^Not to be used/)]);

  for (const id of [before, rollout]) {
    const rebuilt = await eventually(
      async () => ((found) => found.exitCode !== 4 && found)(await weirctl(system, 'bandit', 'rebuild', id)),
      patience,
    );
    expect(rebuilt).toEqual({ exitCode: 0, printed: expect.stringMatching(/liked +\d+ +0 +0 +0 +equal/) as string });
  }
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}, 300_000);

it('keeps units with their arms, claims nothing of them, and counts a unit as one observation; a shadow is evaluated by its answers', async () => {
  const random = seeded(seed + 2);
  const [sticky, shadowed] = ['by-unit', 'looked-on'];
  const servers = await startVersions({ v2: 'ham' });
  for (const model of [sticky, shadowed]) await putLiked(system, model, servers);
  const bandit = { metric: 'liked', assign: 'unit', update: '1s', halfLife: '1h', maxChange: '1%' };
  const rollout = await submitStage(system, sticky, { bandit }, ['v2', 'v3']);
  const shadow = {
    duration: '2h',
    maxDuration: '4h',
    minPairs: 1_000_000,
    compare: { outputs: { label: 'label' }, agreement: 0.001 },
  };
  await submitStage(system, shadowed, { shadow }, ['v2']);
  const units = 30;
  const likes = Array.from({ length: units }, () => random() < 0.5); // a unit is as it is
  const byUnit = (): Call => {
    const unit = Math.floor(random() * units);
    return { unit: `unit-${unit}`, attributes: {}, thinks: () => ({ liked: likes[unit] }) };
  };
  const judging = (): Call => {
    const unit = `unit-${Math.floor(random() * 1e6)}`;
    return { unit, attributes: {}, thinks: () => ({ right: random() < 0.7 ? 'ham' : 'spam', liked: true }) };
  };
  const callers = [
    startCallers({ model: sticky, ratePerSecond: 100, next: byUnit }),
    startCallers({ model: shadowed, ratePerSecond: 60, next: judging }),
  ] as const;
  const outcomes = async () => {
    const arms = Object.values((await banditOf(system, rollout)).bandits[0]?.arms ?? {});
    return arms.reduce((sum, arm) => sum + arm.outcomes, 0);
  };
  await eventually(async () => (await outcomes()) >= 600, patience);
  await Promise.all(callers.map((each) => each.stop()));
  await joined(sticky, callers[0]);
  await joined(shadowed, callers[1]);

  const arms = new Map<string, Set<string>>();
  for (const { unit, epoch, arm } of await servedOf(sticky))
    arms.set(`${unit} ${epoch}`, (arms.get(`${unit} ${epoch}`) ?? new Set()).add(arm));
  expect([...arms.values()].filter((met) => met.size !== 1)).toEqual([]);
  const said = await eventsOf<WeightsAllocated>('weights-allocated', sticky);
  expect(said.map(({ stop }) => [stop.separated, stop.stop])).toEqual(said.map(() => [null, false]));
  const [seen] = (await banditOf(system, rollout)).bandits;
  expect(seen).toMatchObject({ decision: null, allocation: { separated: null, stop: false } });
  for (const { outcomes: n, mean, standardError } of Object.values(seen?.arms ?? {})) {
    const asIfApart = Math.sqrt(((mean ?? 0) * (1 - (mean ?? 0))) / n);
    if (asIfApart > 0) expect(standardError).toBeGreaterThan(2 * asIfApart);
  }
  // thirty units are not six hundred observations
  const even = await offPolicy(sticky, { metric: 'liked', weights: { v1: '100%' } });
  expect([even.usable, even.sentence]).toEqual([
    false,
    expect.stringMatching(/^Not to be used: the effective sample size/),
  ]);

  const judged = await eventually(
    async () => ((view) => view.rows >= 100 && view)(await offPolicy(shadowed, { metric: 'right', shadow: 'v2' })),
    patience,
  );
  expect(judged).toMatchObject({ method: 'judged-answers', usable: true });
  const { snips = NaN, standardErrors } = judged.estimate ?? {};
  expect(Math.abs(snips - 0.7)).toBeLessThan(4.5 * (standardErrors?.snips ?? 0));
  // it never answered alike: what its own answers would have been liked is not known
  const liked = await offPolicy(shadowed, { metric: 'liked', shadow: 'v2' });
  expect(liked).toMatchObject({ method: 'same-answers', usable: false });
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}, 300_000);
