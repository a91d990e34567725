// The label e-process.
import { addLabels, noLabels } from './label-counts';
import { labelRatio, logLabelBound, logLabelEvidence } from './label-test';

const cases = [
  [0.05, 1, 40, 360],
  [0.05, 1.5, 40, 360],
  [0.1, 1.2, 0, 30],
  [0.5, 1, 20, 5],
  [0.5, 1, 3_000, 2_000],
  [0.3, 2, 1, 0],
  [0.0001, 1, 3, 20_000],
] as const;

describe('the label e-process', () => {
  it.each(cases)('by quadrature is the closed form: share %d, ratio %d, %d of the candidate, %d of stable', (...of) => {
    const [share, ratio, candidate, baseline] = of;
    for (const side of ['above', 'below'] as const) {
      const closed = logLabelEvidence(addLabels(noLabels, share, candidate, baseline), ratio, side);
      // a second share that differs by less than matters forces the integral
      const near = addLabels(addLabels(noLabels, share, 0, 0), share * (1 + 1e-14), candidate, baseline);
      expect(logLabelEvidence(near, ratio, side)).toBeCloseTo(closed, 9);
    }
  });

  it('is never above its bound, which costs no integral', () => {
    for (const [share, ratio, candidate, baseline] of cases) {
      const counts = addLabels(addLabels(noLabels, share, candidate, baseline), share / 2, candidate, baseline);
      const bound = logLabelBound(counts, ratio);
      expect(logLabelEvidence(counts, ratio, 'above')).toBeLessThanOrEqual(bound + 1e-9);
    }
  });

  it('does not take a growing share for a growing rate', () => {
    // equal rates at 5 %, then 50 %: pooled, 55 of 200 labels at a mean share of 27.5 % look right, and at 5 % look terrible
    const fair = addLabels(addLabels(noLabels, 0.05, 5, 95), 0.5, 50, 50);
    expect(logLabelEvidence(fair, 1, 'above')).toBeLessThan(0);
    expect(labelRatio(fair, 0.05)?.ratio).toBeCloseTo(1, 9);
  });

  it('gives the ratio of rates with an interval that holds it, open where an arm had no event', () => {
    const counts = addLabels(noLabels, 0.1, 40, 120);
    const found = labelRatio(counts, 0.05);
    expect(found?.ratio).toBeCloseTo(3, 9);
    expect(found?.interval[0]).toBeGreaterThan(1.5);
    expect(found?.interval[1]).toBeLessThan(6);
    expect(labelRatio(addLabels(noLabels, 0.1, 0, 120), 0.05)).toMatchObject({
      ratio: 0,
      interval: [0, expect.any(Number)],
    });
    expect(labelRatio(addLabels(noLabels, 0.1, 7, 0), 0.05)).toMatchObject({
      ratio: null,
      interval: [expect.any(Number), null],
    });
    expect(labelRatio(noLabels, 0.05)).toBeNull();
  });
});
