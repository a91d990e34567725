// Special functions against values computed elsewhere (mpmath with 40 digits, scipy 1.17), where arguments are great and tails small.
import { logBetaTails } from './beta-tails';
import { logBeta } from './log-gamma';
import { tangentGap } from './log-one-plus';
import { logNormalTail, normalQuantile, normalTail } from './normal-tail';
import { rootBetween } from './root';
import { noncentralStudentTail, studentQuantile, studentTail } from './student-tail';

function expectRelative(found: number, expected: number, tolerance = 1e-10): void {
  expect(Math.abs(found / expected - 1)).toBeLessThan(tolerance);
}

describe('tails', () => {
  it.each([
    [1, 1, 0.25],
    [1e10, 1, 3.1830988618379067e-11],
    [2.5, 3, 0.043853323504032774],
    [37, 1000, 8.650394404956531e-190],
    [1e100, 2.5, 7.193397190831722e-251],
    [2, 1e7, 0.022750145445921477],
    [30, 1e9, 4.907709843984025e-198],
  ])('of t beyond %d with %d degrees of freedom', (t, df, expected) => {
    expectRelative(studentTail(t, df), expected);
    expectRelative(studentTail(-t, df), 1 - expected);
  });

  it.each([
    [1, 0.15865525393145705],
    [10, 7.619853024160526e-24],
    [37, 5.725571222524577e-300],
  ])('of the normal beyond %d', (z, expected) => {
    expectRelative(normalTail(z), expected);
    expectRelative(Math.exp(logNormalTail(z)), expected);
    expectRelative(normalQuantile(expected), z);
    expectRelative(normalTail(-z), 1 - expected);
  });

  it.each([
    [1.5, 1, 0.7, 0.37200053139189483],
    [2, 2, -3, 4.673970824211311e-5],
    [2, 58, 3.9, 0.9697011575066264],
    [-1, 10, -2, 0.1585150595377117],
  ])('of the noncentral t beyond %d with %d degrees of freedom, moved by %d', (t, df, moved, expected) => {
    expectRelative(noncentralStudentTail(t, df, moved), expected);
  });

  it('of the noncentral t is the central one where nothing is moved, and the normal one with very many degrees', () => {
    for (const df of [1, 2, 30, 1e4, 1e9])
      expectRelative(noncentralStudentTail(1.7, df, 0), studentTail(1.7, df), 1e-9);
    expectRelative(noncentralStudentTail(1.7, 1e15, 2), normalTail(-0.3), 1e-9);
  });

  it('of the beta distribution around its mean add up, with hundreds of millions of counts', () => {
    const { lower, upper } = logBetaTails(2e8, 3e8, 0.4);
    expect(Math.exp(lower) + Math.exp(upper)).toBeCloseTo(1, 12);
    expect(Math.exp(lower)).toBeCloseTo(0.5, 4);
  });
});

describe('quantiles', () => {
  it.each([
    [0.025, 1, 12.706204736174705],
    [0.025, 10, 2.2281388519862753],
    [1e-12, 1e6, 7.034572608411255],
  ])('of t with the tail %d and %d degrees of freedom', (p, df, expected) => {
    expectRelative(studentQuantile(p, df), expected);
    expectRelative(studentTail(studentQuantile(p, df), df), p);
  });

  it('lead back to their tail, down to 1e-300 and on both sides', () => {
    for (const p of [1e-300, 1e-20, 0.3, 0.5, 0.9])
      for (const df of [1, 5, 1e3, 1e8]) expectRelative(studentTail(studentQuantile(p, df), df), p, 1e-9);
  });
});

describe('ln B', () => {
  it.each([
    [1e10, 0.5, -10.940560522033028],
    [1e9, 2e9, -1909542514.1244003],
    [3, 1e12, -82.1999161672287],
    [13, 14, -18.722323412216692],
  ])('of %d and %d', (a, b, expected) => {
    expectRelative(logBeta(a, b), expected, 1e-14);
    expect(logBeta(b, a)).toBe(logBeta(a, b));
  });
});

it('x - ln(1 + x) is half the square where x is small', () => {
  expectRelative(tangentGap(1e-9), 0.5e-18, 1e-8);
  expectRelative(tangentGap(0.29), 0.29 - Math.log1p(0.29), 1e-13);
});

it('a root is found to the last bits, and refused where there is none', () => {
  expect(rootBetween((x) => x * x - 2, 0, 2)).toBeCloseTo(Math.SQRT2, 15);
  expect(() => rootBetween((x) => x * x + 2, 0, 2)).toThrow('no root between 0 and 2');
});
