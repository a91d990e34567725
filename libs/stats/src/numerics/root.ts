// Where a function is zero.

const { abs, max, min } = Math;

/**
 * The root of a continuous function between two places where its signs differ, to the last bits of a double, by interpolation and bisection (Chandrupatla 1997).
 * An end where it is 0 is the root. `within`: how near in x is near enough. @throws RangeError when the signs are the same.
 */
export function rootBetween(f: (x: number) => number, low: number, high: number, within = 0): number {
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (!(fa < 0 !== fb < 0)) throw new RangeError(`no root between ${low} and ${high}`);
  let t = 0.5;
  for (let step = 0; step < 200; step += 1) {
    const x = a + t * (b - a);
    const fx = f(x);
    if (fx === 0) return x;
    const [c, fc] = fx < 0 === fa < 0 ? [a, fa] : [b, fb];
    if (fx < 0 !== fa < 0) [b, fb] = [a, fa];
    [a, fa] = [x, fx];
    const best = abs(fa) < abs(fb) ? a : b;
    const least = (2 * Number.EPSILON * abs(best) + within + Number.MIN_VALUE) / abs(b - a);
    if (least >= 0.5) return best;
    t = min(1 - least, max(least, nextStep([a, fa], [b, fb], [c, fc])));
  }
  return a;
}

type Point = readonly [x: number, value: number];

/** Inverse quadratic interpolation where the three points allow it, else the middle. */
function nextStep([a, fa]: Point, [b, fb]: Point, [c, fc]: Point): number {
  const [xi, phi] = [(a - b) / (c - b), (fa - fb) / (fc - fb)];
  if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return 0.5;
  return (fa / (fb - fa)) * (fc / (fb - fc)) + ((c - a) / (b - a)) * (fa / (fc - fa)) * (fb / (fc - fb));
}

/** The root above `from` of a function that changes its sign once: steps double until it is behind. Null when it is not up to 1e300. */
export function rootAbove(f: (x: number) => number, from: number, firstStep: number, within = 0): number | null {
  const sign = f(from) < 0;
  let [low, step] = [from, max(firstStep, 1e-300)];
  while (step < 1e300) {
    const high = from + step;
    if (f(high) < 0 !== sign) return rootBetween(f, low, high, within);
    [low, step] = [high, step * 2];
  }
  return null;
}
