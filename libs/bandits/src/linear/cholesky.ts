// Systems with a symmetric positive definite matrix, by Cholesky's factor. Matrices are rows of numbers.

export type Matrix = readonly (readonly number[])[];

/** The lower triangle L with L L' = matrix. @throws RangeError where the matrix is not positive definite. */
export function choleskyOf(matrix: Matrix): number[][] {
  const lower = matrix.map((row) => row.map(() => 0));
  for (const [i, row] of matrix.entries())
    for (let j = 0; j <= i; j += 1) {
      let sum = row[j] ?? 0;
      for (let k = 0; k < j; k += 1) sum -= at(lower, i, k) * at(lower, j, k);
      if (i === j && !(sum > 0)) throw new RangeError('the matrix is not positive definite');
      const target = lower[i];
      if (target) target[j] = i === j ? Math.sqrt(sum) : sum / at(lower, j, j);
    }
  return lower;
}

/** L^-1 b. */
export function solveLower(lower: Matrix, b: readonly number[]): number[] {
  const x: number[] = [];
  for (let i = 0; i < b.length; i += 1) {
    let sum = b[i] ?? 0;
    for (let k = 0; k < i; k += 1) sum -= at(lower, i, k) * (x[k] ?? 0);
    x.push(sum / at(lower, i, i));
  }
  return x;
}

/** L'^-1 b. */
export function solveUpper(lower: Matrix, b: readonly number[]): number[] {
  const x = b.map(() => 0);
  for (let i = b.length - 1; i >= 0; i -= 1) {
    let sum = b[i] ?? 0;
    for (let k = i + 1; k < b.length; k += 1) sum -= at(lower, k, i) * (x[k] ?? 0);
    x[i] = sum / at(lower, i, i);
  }
  return x;
}

const at = (matrix: Matrix, row: number, column: number): number => matrix[row]?.[column] ?? 0;
