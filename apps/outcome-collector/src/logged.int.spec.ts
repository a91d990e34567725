// The collector's records as a log of choices, from a real Postgres.
import { type PredictionServed } from '@weir/contracts';
import { PostgresLogged } from './adapters/postgres/postgres-logged';
import { CollectorUnderTest, rollout, served } from './collector.fixture';

let collector: CollectorUnderTest;
let logged: PostgresLogged;
beforeEach(async () => {
  collector = await CollectorUnderTest.open();
  await collector.follow();
  logged = new PostgresLogged(collector.dataSource, 30);
});
afterEach(() => collector.close());

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const ask = (some: object = {}) => logged.logged({ model: 'spam', metric: 'liked', limit: 100, ...some });
const idsOf = (events: readonly PredictionServed[]) => events.map(({ predictionId }) => predictionId);

async function like(event: PredictionServed, value: unknown, some: object = {}): Promise<void> {
  await collector.report([{ predictionId: event.predictionId, metric: 'liked', value, ...some }]);
}

it('has what was chosen, with which probability and in which context, and what came of it', async () => {
  const event = served({ arm: 'v2', attributes: { device: 'phone' }, unit: 'ada' });
  await collector.record([event, served(), served({ arm: 'v2', pinned: true, reason: 'pinned' })]);
  await like(event, 0.5);
  await like(event, 0.9, { revision: 1 });
  expect(await ask()).toEqual({
    ...{ type: 'binary', direction: 'up' },
    predictions: [
      {
        ...{ predictionId: event.predictionId, arm: 'v2', weights: { v1: 9_000, v2: 1_000 }, propensity: 0.1 },
        ...{ unit: 'ada', attributes: { device: 'phone' }, reward: 0.9, servedAt: event.servedAt },
      },
    ],
  });
});

it('counts a click that never came as a miss once its time is over', async () => {
  const [early, fresh] = [served({ servedAt: ago(20_000) }), served()];
  await collector.record([early, fresh]);
  expect((await ask({ metric: 'clicked' }))?.predictions).toMatchObject([
    { predictionId: early.predictionId, reward: 0 },
  ]);
});

it('gives the newest within the window that is asked for, of one rollout or of all', async () => {
  const events = [50_000, 40_000, 30_000, 20_000].map((ms) => served({ servedAt: ago(ms) }));
  const other = served({ servedAt: ago(35_000), rollout: 'rollout-2' });
  const elsewhere = served({ model: 'other' });
  await collector.follow({ model: 'other', slices: [] });
  await collector.record([...events, other, elsewhere]);
  for (const event of [...events, other, elsewhere])
    await collector.consume([{ predictionId: event.predictionId, metric: 'liked', value: true }], {
      atMs: Date.parse(event.servedAt) + 1_000,
    });
  const found = async (some: object) => (await ask(some))?.predictions.map(({ predictionId }) => predictionId);
  expect(await found({ limit: 2 })).toEqual(idsOf([...events].reverse().slice(0, 2)));
  expect(await found({ rollout })).toEqual(idsOf([...events].reverse()));
  expect(await found({ since: ago(45_000), until: ago(25_000) })).toEqual(
    idsOf([events[2], other, events[1]].flatMap((event) => event ?? [])),
  );
  expect(await found({ since: ago(1_000) })).toEqual([]);
});

it('knows no metric that the model does not declare, and none without outcomes', async () => {
  await collector.record([served()]);
  for (const some of [{ metric: 'toString' }, { metric: 'score' }, { model: 'nobody' }])
    expect(await ask(some)).toBeUndefined();
});
