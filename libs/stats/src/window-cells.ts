// The rows of one window as tests take them: whole numbers by arm, kept apart by the candidate's share, in an order that rows cannot change.
import { addHistograms } from './counting/latency-bins';
import { type EvidenceRow, type FirstSums } from './evidence-row';
import { evidenceMetric, type GuardrailPlan } from './guardrail-plan';

export interface ArmCell {
  readonly n: number;
  readonly sum: number;
  /** Null where a row did not carry it. */
  readonly sumSquares: number | null;
  readonly histogram: Readonly<Record<string, number>>;
}

export interface Cell {
  /** The candidate's share of the two compared arms, in (0, 1). */
  readonly share: number;
  readonly baseline: ArmCell;
  readonly candidate: ArmCell;
}

/** The rows that the plan compares, those with unusable numbers apart. */
export function rowsOf(rows: readonly EvidenceRow[], plan: GuardrailPlan): { good: EvidenceRow[]; unusable: number } {
  const metric = evidenceMetric(plan.test);
  const own = rows.filter(
    (row) =>
      row.metric === metric &&
      (row.arm === plan.baseline || row.arm === plan.candidate) &&
      (plan.stage === undefined || row.stage === plan.stage),
  );
  const good = own.filter((row) => isUsable(row, plan));
  return { good: good.sort(byKey), unusable: own.length - good.length };
}

/** Cells of one scope, ascending by share. Rows in which one of the two had no weight compare nothing. */
export function cellsOf(rows: readonly EvidenceRow[], plan: GuardrailPlan, scope: 'once' | 'inPeriod'): Cell[] {
  const byShare = new Map<number, { baseline: FirstSums[]; candidate: FirstSums[] }>();
  for (const row of rows) {
    const share = candidateShare(row, plan);
    if (!(share > 0 && share < 1)) continue;
    const known = byShare.get(share) ?? { baseline: [], candidate: [] };
    known[row.arm === plan.candidate ? 'candidate' : 'baseline'].push(row[scope]);
    byShare.set(share, known);
  }
  return [...byShare]
    .sort(([a], [b]) => a - b)
    .map(([share, { baseline, candidate }]) => ({ share, baseline: total(baseline), candidate: total(candidate) }));
}

function candidateShare(row: EvidenceRow, plan: GuardrailPlan): number {
  const [candidate, baseline] = [row.weights[plan.candidate] ?? 0, row.weights[plan.baseline] ?? 0];
  return candidate / (candidate + baseline);
}

function total(all: readonly FirstSums[]): ArmCell {
  return {
    n: all.reduce((sum, each) => sum + each.n, 0),
    sum: all.reduce((sum, each) => sum + each.sum, 0),
    sumSquares: all.reduce<number | null>(
      (sum, { n, sumSquares }) =>
        sum === null || (sumSquares === undefined && n > 0) ? null : sum + (sumSquares ?? 0),
      0,
    ),
    histogram: all.reduce((sum, { histogram = {} }) => addHistograms(sum, histogram), {}),
  };
}

/** Numbers that are none, and firsts that the test's values cannot add up to, decide nothing. */
function isUsable(row: EvidenceRow, { test }: GuardrailPlan): boolean {
  const numbers = [row.n, row.sum, row.newUnits, ...Object.values(row.unitSums).map(Number)];
  if (!numbers.every(Number.isFinite)) return false;
  return [row.once, row.inPeriod].every((scope) => isUsableScope(scope, test));
}

function isUsableScope({ n, sum, sumSquares, histogram }: FirstSums, test: GuardrailPlan['test']): boolean {
  const counts = [n, ...Object.values(histogram ?? {})];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return false;
  if (!Number.isFinite(sum) || !Number.isFinite(sumSquares ?? 0)) return false;
  if (test.kind === 'errors') return Number.isSafeInteger(sum) && sum >= 0;
  if (test.kind === 'binary') return Number.isSafeInteger(sum) && sum >= 0 && sum <= n;
  if (test.kind === 'numeric' && test.bounds) {
    // each value was rounded to a multiple of 2^-32
    const rounding = n * 2 ** -32;
    return sum >= n * test.bounds[0] - rounding && sum <= n * test.bounds[1] + rounding;
  }
  return true;
}

/** An order of one window's rows that their coming cannot change. */
export function byKey(a: EvidenceRow, b: EvidenceRow): number {
  return (
    a.stage - b.stage ||
    a.period - b.period ||
    a.epoch - b.epoch ||
    a.step - b.step ||
    compareTexts(a.arm, b.arm) ||
    compareTexts(a.segment ?? '', b.segment ?? '') ||
    compareTexts(weightsText(a), weightsText(b))
  );
}

const weightsText = ({ weights }: EvidenceRow): string => JSON.stringify(Object.entries(weights).sort());
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
