// Evidence rows for specs.
import { type EvidenceRow } from './evidence-row';

const nothing = { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 };

/** A row of v1 (stable) against v2 at 10 %; firsts default to those of the scope once in both scopes. */
export function evidenceRow(some: Partial<EvidenceRow> & { index?: number } = {}): EvidenceRow {
  const once = some.once ?? { n: 0, sum: 0 };
  const { index = 0, ...rest } = some;
  return {
    stage: 0,
    step: 0,
    period: 0,
    epoch: 1,
    weights: { v1: 9_000, v2: 1_000 },
    segment: null,
    arm: 'v1',
    metric: 'error-rate',
    window: { index },
    n: once.n,
    sum: once.sum,
    newUnits: once.n,
    once,
    inPeriod: once,
    unitSums: { ...nothing, n: once.n, d: once.n, dd: once.n, y: once.sum, yy: once.sum, yd: once.sum },
    ...rest,
  };
}
