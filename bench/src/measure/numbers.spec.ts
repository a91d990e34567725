import { median, quantile, spread, threeFigures } from './numbers';

describe('medians and quantiles', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('goes from the least to the greatest, linear between neighbours', () => {
    expect([0, 0.25, 1].map((q) => quantile([10, 20, 30], q))).toEqual([10, 15, 30]);
  });

  it('knows nothing of no values', () => {
    expect(median([])).toBeNaN();
    expect(spread([])).toBeUndefined();
  });

  it('gives the least and the greatest, and three figures of each', () => {
    expect(spread([2, 9, 4])).toEqual([2, 9]);
    expect([0.123456, 12345.6, 0].map(threeFigures)).toEqual([0.123, 12_300, 0]);
  });
});
