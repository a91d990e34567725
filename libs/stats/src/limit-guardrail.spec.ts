// A candidate that has the traffic alone, held to a limit drawn from stable before: what breaks it, and how often chance does.
import { evidenceRow } from './evidence-row.fixture';
import { type EvidenceRow } from './evidence-row';
import { type GuardrailPlan, type GuardrailTest } from './guardrail-plan';
import { judgeLimit } from './judge-limit';
import { foldLimit, openLimit, type LimitState } from './limit-guardrail';

const errors: GuardrailTest = { kind: 'errors', metric: 'error-rate', ratio: 1.2 };
const latency: GuardrailTest = { kind: 'latency', metric: 'latency-p95', quantile: 0.95, ratio: 1.3 };
const right: GuardrailTest = { kind: 'binary', metric: 'correct', direction: 'up', margin: { absolute: 0.02 } };

const planOf = (test: GuardrailTest): GuardrailPlan => ({
  ...{ test, baseline: 'v1', candidate: 'v2', alpha: 0.01, beta: 0.05, mustPass: false, minUnits: 0 },
});

let windows = 0;
const before = (some: Partial<EvidenceRow>) =>
  evidenceRow({ index: (windows += 1), arm: 'v1', weights: { v1: 10_000, v2: 0 }, ...some });
const after = (some: Partial<EvidenceRow>) =>
  evidenceRow({ index: (windows += 1), arm: 'v2', weights: { v1: 0, v2: 10_000 }, period: 1, ...some });

/** So many units of which so many failed, one prediction each. */
const failing = (n: number, sum: number) => ({ once: { n, sum } });
const fold = (plan: GuardrailPlan, rows: readonly EvidenceRow[]) =>
  rows.reduce((state, row) => foldLimit(state, plan, [row]), openLimit);
const verdict = (test: GuardrailTest, rows: readonly EvidenceRow[]) =>
  judgeLimit(fold(planOf(test), rows), planOf(test));

describe('a candidate alone', () => {
  it('breaks by failing far more than stable did, and stays broken', () => {
    const rows = [before(failing(1_000, 5)), after(failing(500, 60))];
    expect(verdict(errors, rows)).toMatchObject({ status: 'fail', breached: true, scope: 'once' });
    expect(verdict(errors, [...rows, after(failing(50_000, 0))])).toMatchObject({ breached: true });
    expect(verdict(errors, rows).sentence).toMatch(
      /^error-rate of v2 is 12 % \(500 units\) against 0.5 % \(1000 units\) of v1 before the switch, which is not randomised; the limit of [\d.]+ % is broken/,
    );
  });

  it('breaks where every prediction fails, and where nothing was known of stable by more than half', () => {
    expect(verdict(errors, [before(failing(1_000, 0)), after(failing(150, 150))]).breached).toBe(true);
    expect(verdict(errors, [after(failing(400, 300))]).breached).toBe(true);
    expect(verdict(errors, [after(failing(4_000, 1_900))]).breached).toBe(false);
  });

  it('decides nothing by a few units, and never passes', () => {
    const few = verdict(errors, [before(failing(1_000, 0)), after(failing(90, 90))]);
    expect(few).toMatchObject({ status: 'inconclusive', breached: false, accepted: false });
    expect(verdict(errors, [before(failing(5_000, 0)), after(failing(50_000, 0))]).accepted).toBe(false);
    expect(verdict(errors, [before(failing(10, 0))]).sentence).toBe(
      'error-rate: nothing of v2 has been counted since the switch.',
    );
  });

  it('is held to the limit of the switch, whatever is told of stable later', () => {
    const plan = planOf(errors);
    const state = fold(plan, [before(failing(1_000, 5)), after(failing(200, 1))]);
    const later = fold(plan, [before(failing(1_000, 5)), after(failing(200, 1)), before(failing(1_000, 900))]);
    expect(later.limit).toEqual(state.limit);
  });

  it('breaks by being slower than stable was, in a period', () => {
    const answers = (bin: number, slow: number, n: number) => ({
      metric: 'latency',
      n,
      once: { n: 0, sum: 0, histogram: { [bin]: n - slow, 500: slow } },
    });
    const quick = before(answers(100, 20, 1_000));
    expect(verdict(latency, [quick, after(answers(100, 20, 1_000))])).toMatchObject({ breached: false });
    const slow = verdict(latency, [quick, after(answers(140, 20, 1_000))]);
    expect(slow).toMatchObject({ breached: true, scope: 'period' });
    expect(slow.sentence).toMatch(/the limit of [\d.]+ % above [\d.]+ ms is broken/);
    expect(verdict(latency, [after(answers(140, 20, 1_000))]).sentence).toContain('too little was known of v1');
  });

  it('breaks by being right less often than stable was less the margin', () => {
    const answered = (n: number, sum: number) => ({ metric: 'correct', once: { n, sum } });
    const stable = before(answered(2_000, 1_860));
    expect(verdict(right, [stable, after(answered(2_000, 1_500))])).toMatchObject({ breached: true });
    expect(verdict(right, [stable, after(answered(20_000, 18_500))])).toMatchObject({ breached: false });
    expect(verdict(right, [before(answered(50, 48)), after(answered(2_000, 0))]).sentence).toContain('too little');
  });

  it('leaves out what is counted while both have traffic, and rows of numbers that are none', () => {
    const both = evidenceRow({ index: 1, arm: 'v2', once: { n: 500, sum: 500 } });
    expect(fold(planOf(errors), [both]).present.records).toBe(0);
    const broken = after({ once: { n: 500, sum: NaN } });
    expect(verdict(errors, [before(failing(100, 0)), broken, after(failing(9, 0))]).sentence).toContain(
      '1 rows hold numbers that cannot be',
    );
  });

  it('is the same whether kept as JSON in between or not', () => {
    const rows = [before(failing(1_000, 5)), after(failing(500, 9)), after(failing(500, 9))];
    const plan = planOf(errors);
    const kept = rows.reduce<LimitState>(
      (state, row) => JSON.parse(JSON.stringify(foldLimit(state, plan, [row]))) as LimitState,
      openLimit,
    );
    expect(kept).toEqual(fold(plan, rows));
  });

  it('is broken by chance hardly ever where it is as good as stable, looked at after every window', () => {
    let random = 20261124;
    const draw = () => ((random = (random * 48_271) % 2_147_483_647) - 1) / 2_147_483_646;
    const runs = 300;
    let broken = 0;
    for (let run = 0; run < runs; run += 1) {
      const rate = [0.005, 0.02, 0.1][run % 3] ?? 0;
      const window = (n: number) => failing(n, Array.from({ length: n }, draw).filter((at) => at < rate).length);
      const rows = [before(window(1_000)), ...Array.from({ length: 40 }, () => after(window(100)))];
      if (verdict(errors, rows).breached) broken += 1;
    }
    expect(broken).toBeLessThanOrEqual(9); // alpha is 1 %: more than nine of 300 are less likely than 1 in 1,000
  });
});
