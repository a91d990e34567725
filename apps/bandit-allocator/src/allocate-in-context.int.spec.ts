// A contextual bandit on a real Postgres: what a router is to weigh the arms by is what the outcomes teach, bit for bit.
import { compileSquareCb, contextWeights, learnInContext, type ContextState, type Feature } from '@weir/bandits';
import { weightsAllocated, type OutcomeJoined } from '@weir/contracts';
import { AllocatorUnderTest, banditPolicy, clicked } from './allocator.fixture';

const features: Feature[] = [
  { attribute: 'device', values: ['phone', 'desktop'] },
  { attribute: 'age', from: 18, to: 82 },
];
const policy = banditPolicy({}, {}, { algorithm: 'square-cb', context: features });
const plan = { arms: ['v1', 'v2', 'v3'], features, direction: 'up', halfLifeMs: 3_600_000, floor: 0.02 } as const;

let allocator: AllocatorUnderTest;
beforeEach(async () => {
  allocator = await AllocatorUnderTest.open();
  allocator.cases.policies.follow(policy);
});
afterEach(() => allocator.close());

/** v1 is liked on phones, v2 on desktops, v3 nowhere. */
function outcomes(count: number): OutcomeJoined[] {
  const liked = { v1: 'phone', v2: 'desktop', v3: 'nowhere' } as const;
  return Array.from({ length: count }, (_, index) => {
    const arm = (['v1', 'v2', 'v3'] as const)[index % 3] ?? 'v1';
    const device = index % 2 === 0 ? 'phone' : 'desktop';
    const hit = index % 10 < (liked[arm] === device ? 6 : 2);
    return clicked(arm, hit ? 0.9 : 0, { context: { device, age: String(18 + (index % 60)), region: 'eu' } });
  });
}

async function allocated() {
  await allocator.cases.allocate.sweep();
  const last = (await allocator.allocated()).at(-1);
  if (!last) throw new Error('nothing allocated');
  return last;
}

const learnt = (events: readonly OutcomeJoined[]) =>
  events.reduce<ContextState>((state, { arm, servedAt, context, value }) => {
    return learnInContext(state, { arm, servedAtMs: Date.parse(servedAt), attributes: context, reward: value }, plan);
  }, new Map());

it('publishes the form that the same outcomes give, whatever their batches, repetitions and revisions', async () => {
  const events = outcomes(600);
  const first = events.slice(0, 100).map((event) => ({ ...event, value: 1, context: { device: 'desktop' } }));
  const revised = events.slice(0, 100).map((event) => ({ ...event, revision: 1 }));
  await allocator.learn(first);
  await allocator.learn([...events.slice(100, 400), ...events.slice(100, 200)], { from: 100 });
  await allocator.learn([...revised, ...events.slice(400)], { partition: 1 });
  const event = await allocated();
  expect(weightsAllocated.schema.safeParse(event).success).toBe(true);
  expect(event.context).toEqual(
    compileSquareCb(learnt([...events.slice(100), ...revised]), plan, Date.parse(event.asOf)),
  );
  const form = event.context;
  if (!form) throw new Error('a form');
  const [phone, desktop] = ['phone', 'desktop'].map((device) => contextWeights(form, { device, age: '40' }));
  expect(phone?.['v1']).toBeGreaterThan(0.8);
  expect(desktop?.['v2']).toBeGreaterThan(0.8);
});

it('says weights of the average context, and that it does not end by itself', async () => {
  await allocator.learn(outcomes(600));
  const event = await allocated();
  expect(Object.values(event.weights).reduce((sum, weight) => sum + weight, 0)).toBe(10_000);
  expect(event.weights['v3']).toBeLessThan(1_500);
  expect(Object.values(event.probabilityBest).reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
  expect(event.effectiveSamples['v1']).toBeCloseTo(200, 0);
  expect(event.stop).toMatchObject({ stop: false, separated: null, valueRemaining: null });
  const [view] = await allocator.reads.bandits('rollout-1');
  expect(view).toMatchObject({ algorithm: 'square-cb', sentence: event.stop.sentence });
});

it('shares evenly before there is an outcome', async () => {
  expect(await allocated()).toMatchObject({ weights: { v1: 3_334, v2: 3_333, v3: 3_333 }, context: { gamma: 0 } });
});
