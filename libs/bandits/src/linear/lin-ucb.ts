// For simulations: contextual rules that serve as a measure, by a linear model of each arm.
import { solveUpper } from './cholesky';
import { leverage, predict, type LinearModel } from './ridge';

/** LinUCB's index x' A^-1 b + alpha sqrt(x' A^-1 x). Reference: Li, Chu, Langford and Schapire 2010. */
export function linUcbIndex(model: LinearModel, x: readonly number[], alpha: number): number {
  return predict(model, x) + alpha * Math.sqrt(leverage(model, x));
}

/** Linear Thompson sampling: what x is worth under a draw from N(A^-1 b, spread^2 A^-1); `normals`: a standard normal for each feature, in their order. Reference: Agrawal and Goyal 2013. */
export function linearThompsonDraw(
  model: LinearModel,
  x: readonly number[],
  spread: number,
  normals: readonly number[],
): number {
  const shift = solveUpper(model.factor, normals);
  return predict({ coefficients: model.coefficients.map((value, i) => value + spread * (shift[i] ?? 0)) }, x);
}
