// What was kept before predictions were documents and units' states were packed is read as it was.
import { type PredictionServed } from '@weir/contracts';
import { CollectorUnderTest, metrics, rollout, served } from './collector.fixture';
import { decisionOf } from './domain/decision';
import { predictionDay } from './domain/prediction-day';

let collector: CollectorUnderTest;

beforeEach(async () => {
  collector = await CollectorUnderTest.open();
  await collector.follow();
});
afterEach(() => collector.close());

/** As the collector of before wrote it. */
async function keepInColumns(event: PredictionServed): Promise<void> {
  const { capture: _, ...decision } = decisionOf(event, metrics) as PredictionServed & { outputs: object };
  const day = predictionDay(event.predictionId, Date.parse(event.servedAt), 30);
  const columns = Object.entries({ day, ...decision }).filter(([, value]) => value !== undefined);
  const names = columns.map(([name]) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  const values = columns.map(([, value]) => (typeof value === 'object' ? JSON.stringify(value) : value));
  const places = values.map((_value, index) => `$${index + 1}`);
  await collector.dataSource.query(
    `insert into predictions (${names.join(', ')}) values (${places.join(', ')})`,
    values,
  );
}

it('joins an outcome with a prediction that was kept in columns, and shows it as it is', async () => {
  const event = served({ unit: 'ada', segment: 'eu', attributes: { region: 'eu' } });
  await keepInColumns(event);
  await collector.consume([{ predictionId: event.predictionId, metric: 'correct', value: 'spam' }]);
  expect(await collector.states(event.predictionId)).toEqual(['joined']);
  expect(await collector.reads.prediction(event.predictionId)).toEqual(decisionOf(event, metrics));
  const [joined] = await collector.joined();
  expect(joined).toMatchObject({ value: 1, unit: 'ada', segment: 'eu', servedAt: event.servedAt });
  // the same prediction again is one
  await collector.record([event]);
  expect((await collector.reads.tallies('spam')).duplicatePredictions).toBe(1);
});

it('goes on with a unit whose state was kept by name', async () => {
  const state = {
    ...{ arm: 'v1', epoch: 1, once: ['#exposure'], periods: { '#exposure': { 0: 0 }, '#step': { 0: 0 } } },
    totals: { v1: { 'error-rate': { n: 1, y: '0', d: String(2n ** 31n) } } },
  };
  await collector.dataSource.query('insert into units (rollout, attempt, unit, state) values ($1, 1, $2, $3)', [
    rollout,
    'ada',
    JSON.stringify(state),
  ]);
  await collector.record([served({ unit: 'ada', arm: 'v1', weights: { v1: 5_000, v2: 5_000 } })]);
  const [errors] = (await collector.evidence()).filter(({ metric }) => metric === 'error-rate');
  expect(errors).toMatchObject({ n: 1, newUnits: 0, unitSums: { n: 0, d: 0.5, dd: 0.75 } });
  const kept = await collector.dataSource.query<object[]>('select state, packed is not null as packed from units');
  expect(kept).toEqual([{ state: null, packed: true }]);
});
