// Whether a shadow answered as stable did, prediction by prediction, and whether it was right; from a real Postgres with a real model server.
import { ModelServer } from '@weir/testing';
import { PostgresShadowed } from './adapters/postgres/postgres-shadowed';
import { ComparatorUnderTest, joined, served } from './comparator.fixture';

let comparator: ComparatorUnderTest;
let shadow: ModelServer;
beforeEach(async () => {
  shadow = await ModelServer.start({ name: 'v2', label: 'spam' });
  comparator = await ComparatorUnderTest.open();
  comparator.follow([shadow.url]);
});
afterEach(async () => {
  await comparator.close();
  await shadow.stop();
});

const ask = (some: object = {}) =>
  new PostgresShadowed(comparator.dataSource).shadowed({
    model: 'spam',
    shadow: 'v2',
    metric: 'correct',
    limit: 100,
    ...some,
  });

it('tells verdicts, and what the truth says of the shadow’s own answer', async () => {
  const [alike, differing, unjudged] = [served(), served({}, 'ham'), served()];
  if (!alike || !differing || !unjudged) throw new Error('three predictions');
  await comparator.compare([alike, differing, unjudged]);
  await comparator.judge([joined(alike, 'ham', 'spam'), joined(differing, 'spam', 'ham')]);
  const { predictions } = await ask();
  expect(new Map(predictions.map(({ predictionId, ...said }) => [predictionId, said]))).toEqual(
    new Map([
      [alike.predictionId, { same: true, worth: 0 }],
      [differing.predictionId, { same: false, worth: 1 }],
      [unjudged.predictionId, { same: true, worth: null }],
    ]),
  );
});

it('tells nothing of other models, shadows, rollouts and days', async () => {
  await comparator.compare([served()]);
  for (const some of [
    { model: 'other' },
    { shadow: 'v3' },
    { rollout: 'another' },
    { until: '2020-01-01T00:00:00.000Z' },
  ])
    expect((await ask(some)).predictions).toEqual([]);
  expect((await ask({ rollout: 'rollout-1', limit: 1 })).predictions).toHaveLength(1);
});
