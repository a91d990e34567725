// The density of a posterior in a coordinate in which it is smooth: rates by their logit, rates of counts by their logarithm, means as they are.

export interface Curve {
  /** The density at a place of the coordinate. */
  readonly at: (y: number) => number;
  /** Beyond these it is below e^-32 of its peak. */
  readonly left: number;
  readonly right: number;
  /** How wide a panel of sixteen points may be that has an end at y. */
  readonly panel: (y: number) => number;
}

/** The same curve seen from the other side: the least of some values is the greatest of their negatives. */
export function mirrored({ at, left, right, panel }: Curve): Curve {
  return { at: (y) => at(-y), left: -right, right: -left, panel: (y) => panel(-y) };
}

/** ln of what is not looked at, beside the peak: 1.3e-14 of it. */
const drop = 32;

/** Where a function that is 0 at 0 and falls from there has fallen by the drop, less than a quarter too far. */
export function reach(fallen: (distance: number) => number, firstGuess: number): number {
  let distance = firstGuess;
  while (fallen(distance) > -drop && distance < 1e300) distance *= 1.6;
  while (fallen(0.8 * distance) <= -drop) distance *= 0.8;
  return distance;
}

/** Panels in standard deviations of a normal peak: the integral up to each point is then exact to 1e-9. */
const peakPanel = 2.4;

/** A panel beside a peak with that curvature (-g'' of the log-density g), where g itself turns within a unit around the centre. */
export function panelBy(curvature: number, fromCentre: number): number {
  return Math.min(peakPanel / Math.sqrt(curvature), Math.max(2, 0.5 * fromCentre));
}

export function normalCurve(mean: number, deviation: number): Curve {
  const scale = 1 / (deviation * Math.sqrt(2 * Math.PI));
  const width = deviation * Math.sqrt(2 * drop);
  return {
    at: (x) => scale * Math.exp(-0.5 * ((x - mean) / deviation) ** 2),
    left: mean - width,
    right: mean + width,
    panel: () => peakPanel * deviation,
  };
}
