// Ridge regression from sums: what a linear model of one arm has seen, and what it expects.
import { choleskyOf, solveLower, solveUpper, type Matrix } from './cholesky';

/** Sums over records of x x' and x r, features x and rewards r. */
export interface RegressionSums {
  readonly xx: Matrix;
  readonly xr: readonly number[];
}

export interface LinearModel {
  /** (X'X + penalty I)^-1 X'r. */
  readonly coefficients: readonly number[];
  /** Cholesky's factor of X'X + penalty I. */
  readonly factor: Matrix;
}

export function noRecords(features: number): RegressionSums {
  const zeros = Array.from({ length: features }, () => 0);
  return { xx: zeros.map(() => [...zeros]), xr: zeros };
}

export function addRecord({ xx, xr }: RegressionSums, x: readonly number[], reward: number): RegressionSums {
  return {
    xx: xx.map((row, i) => row.map((value, j) => value + (x[i] ?? 0) * (x[j] ?? 0))),
    xr: xr.map((value, i) => value + (x[i] ?? 0) * reward),
  };
}

export function addSums(a: RegressionSums, b: RegressionSums): RegressionSums {
  return {
    xx: a.xx.map((row, i) => row.map((value, j) => value + (b.xx[i]?.[j] ?? 0))),
    xr: a.xr.map((value, i) => value + (b.xr[i] ?? 0)),
  };
}

/** Of many records at once; at least one. */
export function regressionOf(records: readonly { features: readonly number[]; reward: number }[]): RegressionSums {
  const size = records[0]?.features.length ?? 0;
  const xx = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const xr = new Array<number>(size).fill(0);
  for (const { features, reward } of records)
    for (const [i, row] of xx.entries()) {
      const x = features[i] ?? 0;
      if (x === 0) continue;
      for (let j = 0; j < size; j += 1) row[j] = (row[j] ?? 0) + x * (features[j] ?? 0);
      xr[i] = (xr[i] ?? 0) + x * reward;
    }
  return { xx, xr };
}

/** `penalty` above 0. */
export function fitRidge({ xx, xr }: RegressionSums, penalty: number): LinearModel {
  const factor = choleskyOf(xx.map((row, i) => row.map((value, j) => (i === j ? value + penalty : value))));
  return { coefficients: solveUpper(factor, solveLower(factor, xr)), factor };
}

export function predict({ coefficients }: Pick<LinearModel, 'coefficients'>, x: readonly number[]): number {
  return coefficients.reduce((sum, coefficient, i) => sum + coefficient * (x[i] ?? 0), 0);
}

/** x' (X'X + penalty I)^-1 x. */
export function leverage({ factor }: LinearModel, x: readonly number[]): number {
  return solveLower(factor, x).reduce((sum, value) => sum + value * value, 0);
}
