// What a truth metric means by right: the same for the version that answered and for its shadow.

type Scalar = string | number | boolean;

/** As numbers where both are numeric, else as text: a label 1 is the label "1". */
export function agrees(answer: Scalar, truth: Scalar): boolean {
  const [a, b] = [numberOf(answer), numberOf(truth)];
  return a !== undefined && b !== undefined ? a === b : String(answer) === String(truth);
}

function numberOf(value: Scalar): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return undefined;
  return Number(value);
}
