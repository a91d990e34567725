// The curve of each family of posteriors.
import { logBeta, stirlingError } from '@weir/stats';
import { normalCurve, panelBy, reach, type Curve } from './curve';
import { type BetaBelief, type GammaBelief, type Posterior, type StudentBelief } from './posterior';

const { abs, exp, expm1, log, log1p, max, min, PI, sqrt } = Math;

/** All of one family, or normal and Student's: otherwise their coordinates differ. @throws RangeError where they do. */
export function curvesOf(posteriors: readonly Posterior[]): Curve[] {
  const coordinates = new Set(posteriors.map(({ kind }) => (kind === 'student' ? 'normal' : kind)));
  if (coordinates.size > 1) throw new RangeError('posteriors of different families cannot be compared');
  return posteriors.map(curveOf);
}

/** Means as their distance from the greatest: what lies close together far from 0 keeps its digits. Other families as they are. */
export function aboutGreatest(posteriors: readonly Posterior[]): Posterior[] {
  const means = posteriors.flatMap((posterior) => ('mean' in posterior ? [posterior.mean] : []));
  const greatest = max(...means);
  return posteriors.map((posterior) =>
    'mean' in posterior ? { ...posterior, mean: posterior.mean - greatest } : posterior,
  );
}

function curveOf(posterior: Posterior): Curve {
  switch (posterior.kind) {
    case 'beta':
      return betaCurve(posterior);
    case 'gamma':
      return gammaCurve(posterior);
    case 'normal':
      return normalCurve(posterior.mean, posterior.standardError);
    case 'student':
      return studentCurve(posterior);
  }
}

/** The place of a curve's coordinate as the value that it stands for. */
export function valueAt(kind: Posterior['kind'], y: number): number {
  if (kind === 'beta') return y > 0 ? 1 / (1 + exp(-y)) : exp(y) / (1 + exp(y));
  return kind === 'gamma' ? exp(y) : y;
}

/**
 * The logit of a beta variable: density x^a (1-x)^b / B(a, b), by its distance t from ln(a/b), so that great counts do not cancel:
 * g(t) = a t - (a+b) ln(1 + m (e^t - 1)), m = a/(a+b), or the same from the other side, whichever has the smaller m.
 */
function betaCurve({ alpha: a, beta: b }: BetaBelief): Curve {
  const n = a + b;
  const centre = log(a) - log(b);
  const peak = sqrt((a / n) * (b / (2 * PI))) * exp(stirlingError(n) - stirlingError(a) - stirlingError(b));
  const isMirrored = a > b;
  const [own, share] = isMirrored ? [b, b / n] : [a, a / n];
  const log1 = (t: number): number => own * t - n * log1p(share * expm1(t));
  const g = isMirrored ? (t: number) => log1(-t) : log1;
  const guess = 8.3 * sqrt(1 / a + 1 / b);
  return {
    at: (y) => peak * exp(g(y - centre)),
    left: centre - reach((distance) => g(-distance), guess),
    right: centre + reach(g, guess),
    panel: (y) => panelBy(n / (2 + exp(y) + exp(-y)), abs(y - centre)),
  };
}

/** The logarithm of a gamma variable, by its distance t from ln(a/b): g(t) = a (t - (e^t - 1)). */
function gammaCurve({ shape, rate }: GammaBelief): Curve {
  const centre = log(shape) - log(rate);
  const peak = sqrt(shape / (2 * PI)) * exp(-stirlingError(shape));
  const g = (t: number): number => shape * (t - expm1(t));
  const guess = 8.3 / sqrt(shape);
  return {
    at: (y) => peak * exp(g(y - centre)),
    left: centre - reach((distance) => g(-distance), guess),
    right: centre + reach(g, guess),
    panel: (y) => panelBy(shape * exp(y - centre), abs(y - centre)),
  };
}

/** Student's t; its poles at i sqrt(df) bound the panels of few degrees of freedom. */
function studentCurve({ mean, scale, degreesOfFreedom: df }: StudentBelief): Curve {
  const peak = exp(-logBeta(df / 2, 0.5)) / (sqrt(df) * scale);
  const power = 0.5 * (df + 1);
  const width = scale * sqrt(df * min(expm1(32 / power), 1e200));
  return {
    at: (x) => peak * exp(-power * log1p(((x - mean) / scale) ** 2 / df)),
    left: mean - width,
    right: mean + width,
    panel: (x) => {
      const z = abs(x - mean) / scale;
      return scale * min(0.8 * sqrt(df + z * z), max(2.4, (6 * z) / (df + 1)));
    },
  };
}
