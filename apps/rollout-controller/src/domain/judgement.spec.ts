// Windows folded into a judgement: whole, in order, once; and what is never a pass.
import { type Evidence } from '@weir/contracts';
import { buildEvidence } from '@weir/testing';
import { foldWindow, openJudgement, seeAt, type Judgement } from './judgement';
import { canaryOf, modelOf, place, rolloutOf, stateOf } from './rollout.fixture';
import { noStepUnits, foldUnits, unitsAt } from './step-units';
import { wholeWindows } from './whole-windows';

const spec = canaryOf({
  steps: ['10%', '20%'],
  advance: 'evidence',
  guardrails: [
    { metric: 'error-rate', margin: { ratio: 1.2 } },
    { metric: 'latency-p95', margin: { ratio: 1.3 } },
    { metric: 'correct', margin: { absolute: 0.02 } },
  ],
});
const metrics = modelOf({}, { metrics: { correct: { type: 'truth', output: 'label', within: '30s' } } }).manifest
  .metrics;
const rollout = rolloutOf(stateOf('running'), { spec });
const opened = openJudgement(rollout, { metrics });
const window = (index: number, rows = 1) => ({
  index,
  from: '2026-11-23T12:00:00.000Z',
  to: '2026-11-23T12:00:01.000Z',
  rows,
});
const row = (index: number, some: Partial<Evidence> = {}) =>
  buildEvidence({ stage: 0, step: 0, final: true, window: window(index), weights: { v1: 9_000, v2: 1_000 }, ...some });
const see = (judgement: Judgement) => seeAt(judgement, place(0, 0), spec);
const verdicts = (judgement: Judgement) =>
  see(judgement).verdicts.map(({ verdict, breached, accepted }) => [verdict, breached, accepted]);
const unknown = [
  ['inconclusive', false, false],
  ['inconclusive', false, false],
  ['inconclusive', false, false],
];

it('shares alpha among the guardrails of all stages', () => {
  expect(see(opened).verdicts.map(({ name, alpha }) => [name, alpha])).toEqual([
    ['error-rate', 0.01 / 3],
    ['latency-p95', 0.01 / 3],
    ['correct', 0.01 / 3],
  ]);
});

it.each([
  ['no traffic', []],
  ['one unit', [row(1, { arm: 'v2', n: 1, newUnits: 1, once: { n: 1, sum: 0 }, inPeriod: { n: 1, sum: 0 } })]],
  [
    'one unit that fails',
    [row(1, { arm: 'v2', n: 1, newUnits: 1, once: { n: 1, sum: 1 }, inPeriod: { n: 1, sum: 1 } })],
  ],
  ['numbers that are none', [{ ...row(1, { arm: 'v2', n: 100 }), sum: NaN, once: { n: 100, sum: NaN } }]],
  [
    'a metric that never comes',
    [row(1, { n: 9_000, metric: 'other' }), row(1, { arm: 'v2', n: 1_000, metric: 'other' })],
  ],
])('%s is inconclusive: neither a pass nor a breach', (_what, rows) => {
  expect(verdicts(opened)).toEqual(unknown);
  expect(verdicts(foldWindow(opened, { ...window(1), rows }))).toEqual(unknown);
});

it('folds a window once: again it changes nothing, and neither does an older one', () => {
  const once = foldWindow(opened, { ...window(5), rows: [row(5, { n: 10, newUnits: 10, once: { n: 10, sum: 1 } })] });
  expect(foldWindow(once, { ...window(5), rows: [row(5)] })).toBe(once);
  expect(foldWindow(once, { ...window(4), rows: [row(4)] })).toBe(once);
});

it('goes on identically after it was kept as JSON', () => {
  const at = (index: number) => ({
    ...window(index),
    rows: [row(index, { n: 10, once: { n: 10, sum: index }, inPeriod: { n: 10, sum: index } })],
  });
  const straight = foldWindow(foldWindow(opened, at(1)), at(2));
  const stored = JSON.parse(JSON.stringify(foldWindow(opened, at(1)))) as Judgement;
  expect(JSON.stringify(foldWindow(stored, at(2)))).toBe(JSON.stringify(straight));
});

describe('whole windows', () => {
  const indices = (rows: readonly Evidence[]) => wholeWindows(rows).map(({ index }) => index);

  it('are those of which every row has come', () => {
    const two = [row(1, { window: window(1, 2) }), row(1, { window: window(1, 2), arm: 'v2' })];
    expect(indices([...two, row(3)])).toEqual([1, 3]);
    expect(indices([])).toEqual([]);
  });

  it('wait behind one that has not come whole', () => {
    expect(indices([row(1), row(2, { window: window(2, 2) }), row(3)])).toEqual([1]);
  });

  it('are none where nobody says how many rows there are', () => {
    const { rows: _rows, ...unsaid } = window(1);
    expect(indices([row(1, { window: unsaid })])).toEqual([]);
  });
});

describe('the units of a step', () => {
  const units = (step: number, arm: string, some: Partial<Evidence>) => row(1, { step, arm, ...some });

  it('are those of the latest step, as the collector counts them', () => {
    const folded = foldUnits(noStepUnits, [
      units(0, 'v1', { stepUnits: 90, newUnits: 90 }),
      units(1, 'v1', { stepUnits: 80, newUnits: 2 }),
      units(1, 'v2', { stepUnits: 20, newUnits: 1 }),
      units(0, 'v2', { stepUnits: 7, newUnits: 7 }),
      units(1, 'v2', { stepUnits: 5, newUnits: 0 }),
    ]);
    expect(unitsAt(folded, place(0, 1))).toEqual({ v1: 80, v2: 25 });
    expect(unitsAt(folded, place(0, 0))).toEqual({});
  });

  it('are at least the new ones', () => {
    expect(unitsAt(foldUnits(noStepUnits, [units(0, 'v1', { newUnits: 3 })]), place(0, 0))).toEqual({ v1: 3 });
  });
});

it('finds a fault that begins three hours in, when every unit has been counted once, by its period', () => {
  const quiet = { n: 0, sum: 0 };
  const arms = (minute: number, failing: number): Evidence[] =>
    (['v1', 'v2'] as const).map((arm) => {
      const units = arm === 'v1' ? 900 : 100;
      const inPeriod = { n: units, sum: arm === 'v2' ? failing : 1 };
      const once = minute === 0 ? { n: units, sum: 0 } : quiet;
      const firsts = { once, inPeriod, newUnits: once.n, stepUnits: once.n };
      return row(minute, { arm, period: Math.floor(minute / 10), n: units, sum: inPeriod.sum, ...firsts });
    });
  const fold = (judgement: Judgement, minute: number, failing: number) =>
    foldWindow(judgement, { ...window(minute), rows: arms(minute, failing) });
  let judgement = opened;
  for (let minute = 0; minute < 180; minute += 10) judgement = fold(judgement, minute, 0);
  expect(see(judgement).verdicts.some(({ breached }) => breached)).toBe(false);
  const found = see(fold(judgement, 180, 60)).verdicts[0];
  expect(found).toMatchObject({ name: 'error-rate', breached: true, scope: 'period', verdict: 'fail' });
});
