// Guardrails over windows: what is folded, what latches, what is never decided.
import { evidenceRow } from './evidence-row.fixture';
import { type EvidenceRow } from './evidence-row';
import { foldWindow, openGuardrail, type GuardrailState } from './guardrail';
import { type GuardrailPlan, type GuardrailTest } from './guardrail-plan';
import { judgeGuardrail } from './verdict';

const tests: Record<string, GuardrailTest> = {
  errors: { kind: 'errors', metric: 'error-rate', ratio: 1.2 },
  latency: { kind: 'latency', metric: 'latency-p95', quantile: 0.95, ratio: 1.3 },
  binary: { kind: 'binary', metric: 'correct', direction: 'up', margin: { absolute: 0.02 } },
  'relative binary': { kind: 'binary', metric: 'correct', direction: 'up', margin: { relative: 0.05 } },
  numeric: { kind: 'numeric', metric: 'revenue', direction: 'up', margin: { absolute: 0.1 } },
  'bounded numeric': {
    kind: 'numeric',
    metric: 'revenue',
    direction: 'up',
    margin: { absolute: 0.1 },
    bounds: [0, 10],
  },
};

function planOf(test: GuardrailTest, some: Partial<GuardrailPlan> = {}): GuardrailPlan {
  return { test, baseline: 'v1', candidate: 'v2', alpha: 0.01, beta: 0.05, mustPass: true, minUnits: 100, ...some };
}

const last = { step: 5, steps: 5 };

function foldAll(plan: GuardrailPlan, windows: readonly EvidenceRow[][]): GuardrailState {
  return windows.reduce((state, rows) => foldWindow(state, plan, rows), openGuardrail(plan));
}

/** One window: so many units and errors of both arms. */
function errors(index: number, stable: [number, number], candidate: [number, number], some: Partial<EvidenceRow> = {}) {
  return [
    evidenceRow({ index, arm: 'v1', once: { n: stable[0], sum: stable[1] }, ...some }),
    evidenceRow({ index, arm: 'v2', once: { n: candidate[0], sum: candidate[1] }, ...some }),
  ];
}

function metricOf(test: GuardrailTest): string {
  return test.kind === 'latency' ? 'latency' : test.metric;
}

describe.each(Object.entries(tests))('a guardrail on %s', (_, test) => {
  const plan = planOf(test);
  const metric = metricOf(test);

  it('says inconclusive before there is any evidence, at every step', () => {
    for (const step of [1, 50])
      expect(judgeGuardrail(openGuardrail(plan), plan, { step, steps: 50 })).toMatchObject({
        status: 'inconclusive',
        breached: false,
        accepted: false,
        scope: null,
        sentence: `${test.metric}: nothing has been counted yet.`,
      });
  });

  it('neither passes nor fails on one unit', () => {
    for (const arm of ['v1', 'v2'])
      for (const sum of [0, 1]) {
        const scope = { n: 1, sum: test.kind === 'latency' ? 0 : sum, histogram: { 640: 1 } };
        const state = foldAll(plan, [[evidenceRow({ arm, metric, once: scope })]]);
        expect(judgeGuardrail(state, plan, { step: 1, steps: 50 })).toMatchObject({ status: 'inconclusive' });
      }
  });

  it('neither passes nor fails on numbers that are none, and says so', () => {
    const broken = { n: 500, sum: NaN, histogram: { 640: NaN } };
    const rows = ['v1', 'v2'].map((arm) => evidenceRow({ arm, metric, once: broken }));
    const verdict = judgeGuardrail(foldAll(plan, [rows]), plan, last);
    expect(verdict).toMatchObject({ status: 'inconclusive', accepted: false });
    expect(verdict.sentence).toContain('2 rows of evidence hold numbers that cannot be');
  });

  it('says inconclusive when its metric never comes', () => {
    const windows = Array.from({ length: 50 }, (_row, index) =>
      ['v1', 'v2'].map((arm) => evidenceRow({ index, arm, metric: 'another', once: { n: 1000, sum: 0 } })),
    );
    const verdict = judgeGuardrail(foldAll(plan, windows), plan, last);
    expect(verdict).toMatchObject({ status: 'inconclusive', acceptance: { threshold: expect.closeTo(20) as number } });
  });
});

describe('a guardrail on errors', () => {
  const plan = planOf(tests['errors'] as GuardrailTest);

  it('fails when the candidate errs far more, and stays failed whatever comes after', () => {
    const bad = foldAll(plan, [errors(0, [900, 9], [100, 30])]);
    const verdict = judgeGuardrail(bad, plan, last);
    expect(verdict).toMatchObject({
      status: 'fail',
      breached: true,
      scope: 'once',
      threshold: expect.closeTo(200) as number,
    });
    expect(verdict.sentence).toBe(
      `error-rate of v2 is 30 % of 100 units against 1 % of 900 units of v1; worse by more than 1.2 times (evidence ${Number(
        (verdict.eValue ?? 0).toPrecision(3),
      ).toExponential(2)}, 200 needed).`,
    );
    const later = foldWindow(bad, plan, errors(1, [90_000, 900], [10_000, 0]));
    expect(judgeGuardrail(later, plan, last)).toMatchObject({ status: 'fail', eValue: verdict.eValue });
  });

  it('does not call a candidate worse below the floor, however few errors stable has', () => {
    // ten errors among 20,000 units are 0.05 %, below the floor of 0.1 %, against none of 180,000
    const state = foldAll(plan, [errors(0, [180_000, 0], [20_000, 10])]);
    expect(judgeGuardrail(state, plan, last)).toMatchObject({ breached: false });
    const without = planOf({ kind: 'errors', metric: 'error-rate', ratio: 1.2, floor: 1e-6 });
    expect(judgeGuardrail(foldAll(without, [errors(0, [180_000, 0], [20_000, 10])]), without, last).breached).toBe(
      true,
    );
  });

  it('passes two versions without any error once enough units were seen', () => {
    expect(judgeGuardrail(foldAll(plan, [errors(0, [900, 0], [100, 0])]), plan, last).status).toBe('inconclusive');
    const verdict = judgeGuardrail(foldAll(plan, [errors(0, [9_000, 0], [1_000, 0])]), plan, last);
    expect(verdict).toMatchObject({ status: 'pass', accepted: true, effect: null });
    expect(verdict.sentence).toContain('not worse by more than 1.2 times');
  });

  it('needs more evidence at a later step than at the first', () => {
    const state = foldAll(plan, [errors(0, [3_000, 0], [250, 0])]);
    const statuses = [1, 2, 3, 4, 5].map((step) => judgeGuardrail(state, plan, { step, steps: 5 }).status);
    expect(statuses).toEqual(['pass', 'inconclusive', 'inconclusive', 'inconclusive', 'inconclusive']);
  });

  it('finds a fault that comes when every unit has had its first error counted, in a period', () => {
    const quiet = errors(0, [9_000, 90], [1_000, 10]);
    const late = errors(1, [0, 0], [0, 0], { period: 1 }).map((row) => ({
      ...row,
      inPeriod: row.arm === 'v2' ? { n: 300, sum: 60 } : { n: 2_700, sum: 27 },
    }));
    const state = foldAll(plan, [quiet, late]);
    expect(judgeGuardrail(state, plan, last)).toMatchObject({ breached: true, scope: 'period' });
    expect(state.breach).toMatchObject({ window: 1, period: 1, logThreshold: Math.log((2 * 2 * 3) / 0.01) });
  });

  it('leaves out rows of other arms, metrics and stages', () => {
    const staged = planOf(tests['errors'] as GuardrailTest, { stage: 1 });
    const others = [
      ...errors(0, [900, 0], [100, 90], { stage: 0 }),
      evidenceRow({ stage: 1, arm: 'v3', once: { n: 100, sum: 90 } }),
      evidenceRow({ stage: 1, arm: 'v2', metric: 'client-error-rate', once: { n: 100, sum: 90 } }),
    ];
    expect(foldAll(staged, [others])).toEqual({ ...openGuardrail(staged), window: 0 });
  });

  it('refuses windows out of order, twice, or mixed', () => {
    const state = foldAll(plan, [errors(3, [9, 0], [1, 0])]);
    expect(() => foldWindow(state, plan, errors(3, [9, 0], [1, 0]))).toThrow('window 3 was folded after window 3');
    expect(() => foldWindow(state, plan, errors(2, [9, 0], [1, 0]))).toThrow(RangeError);
    expect(() => foldWindow(state, plan, [...errors(4, [9, 0], [1, 0]), ...errors(5, [9, 0], [1, 0])])).toThrow(
      RangeError,
    );
    expect(foldWindow(state, plan, [])).toBe(state);
  });
});
