// The sample ratio by stage: a planted fault is named by the stage in which it is, and nothing is named where there is none.
import { ExperimentBook, type SeenPrediction } from './experiment.fixture';
import { foldStageRatios, judgeStageRatios, openStageRatios, type StageRatios } from './experiment-ratios';
import { randomOf } from './numerics/seeded-draws';

const plan = {
  arms: ['v1', 'v2'],
  stage: 0,
  settleSeconds: 2,
  joined: { metric: 'correct', withinSeconds: 3 },
};
const weights = { v1: 5_000, v2: 5_000 };

/** Changes a sound prediction into a faulty one; null: it gets lost. */
type Fault = (prediction: SeenPrediction, chance: number) => SeenPrediction | null;

function run(fault: Fault, seconds = 20, perSecond = 100): StageRatios {
  const random = randomOf(5);
  const book = new ExperimentBook();
  let state = openStageRatios(plan);
  for (let index = 0; index < seconds; index += 1) {
    const sent = Array.from({ length: perSecond }, (_, place): SeenPrediction => {
      const arm = random() < 0.5 ? 'v2' : 'v1';
      return { unit: `u-${index}-${place}`, arm, weights, values: { correct: 1 } };
    });
    const seen = sent.flatMap((prediction) => fault(prediction, random()) ?? []);
    state = foldStageRatios(state, plan, book.window(index, seen));
  }
  // what is awaited settles when later windows come
  for (let index = seconds; index < seconds + 8; index += 1)
    state = foldStageRatios(state, plan, book.window(index, [{ unit: 'late', arm: 'v1', weights }]));
  return state;
}

const verdictOf = (state: StageRatios) => judgeStageRatios(state, plan);

it('names nothing while all units go all of the way', () => {
  const verdict = verdictOf(run((prediction) => prediction));
  expect(verdict.broken).toBeNull();
  expect([verdict.assigned.status, verdict.served.status, verdict.joined.status]).toEqual(['pass', 'pass', 'pass']);
  expect(verdict.assigned.units['v1']?.seen).toBe(1 + 2_000 - (verdict.assigned.units['v2']?.seen ?? 0));
  expect(verdict.joined.units['v1']?.seen).toBe(2_000 - (verdict.joined.units['v2']?.seen ?? 0));
});

it.each<[string, string, Fault]>([
  ['assignment', 'units of v2 that never come', (one, chance) => (one.arm === 'v2' && chance < 0.25 ? null : one)],
  [
    'serving',
    'callers of v2 that leave before it answers',
    (one, chance) => (one.arm === 'v2' && chance < 0.25 ? { ...one, cancelled: true } : one),
  ],
  [
    'serving',
    'predictions of v2 that nobody answers',
    (one, chance) => (one.arm === 'v2' && chance < 0.25 ? { ...one, failed: true, answered: false, values: {} } : one),
  ],
  [
    'join',
    'outcomes of v2 that get lost',
    (one, chance) => (one.arm === 'v2' && chance < 0.25 ? { ...one, values: {} } : one),
  ],
])('names the %s: %s', (broken, _what, fault) => {
  const verdict = verdictOf(run(fault));
  expect(verdict.broken).toBe(broken);
  expect(verdict.sentence).toContain(`look at ${broken}`);
});

it('does not take errors that stable answers for a fault of serving', () => {
  const verdict = verdictOf(run((one, chance) => (one.arm === 'v2' && chance < 0.3 ? { ...one, failed: true } : one)));
  expect(verdict.broken).toBeNull();
});

it('counts a unit that was answered late, and one whose caller left first, once', () => {
  const book = new ExperimentBook();
  const unit = { unit: 'ada', arm: 'v1', weights };
  const rows = [
    book.window(0, [{ ...unit, cancelled: true }]),
    book.window(1, [{ ...unit, failed: true, answered: false }]),
    book.window(2, [unit, unit]),
    ...[3, 4, 5, 6, 7].map((index) => book.window(index, [{ unit: `u-${index}`, arm: 'v2', weights }])),
  ];
  const { assigned, served } = verdictOf(
    rows.reduce((state, row) => foldStageRatios(state, plan, row), openStageRatios(plan)),
  );
  expect([assigned.units['v1']?.seen, served.units['v1']?.seen]).toEqual([1, 1]);
});

it('is inconclusive where no metric has outcomes, and where evidence does not tell of answers', () => {
  const book = new ExperimentBook();
  const rows = book.window(0, [{ unit: 'ada', arm: 'v1', weights }]).map(({ answered: _, ...row }) => row);
  const bare = { ...plan, joined: null };
  const verdict = judgeStageRatios(foldStageRatios(openStageRatios(bare), bare, rows), bare);
  expect([verdict.served.status, verdict.joined.status]).toEqual(['inconclusive', 'inconclusive']);
});

it('keeps few seconds of a metric that may take days', () => {
  const slow = { ...plan, joined: { metric: 'correct', withinSeconds: 7 * 86_400 } };
  const book = new ExperimentBook();
  let state = openStageRatios(slow);
  for (let index = 0; index < 400; index += 1) {
    const one = { unit: `u-${index}`, arm: index % 2 ? 'v1' : 'v2', weights, values: { correct: 1 } };
    state = foldStageRatios(state, slow, book.window(index * 600, [one]));
  }
  expect(Object.keys(state.joined.awaited ?? {}).length).toBeLessThanOrEqual(102);
});
