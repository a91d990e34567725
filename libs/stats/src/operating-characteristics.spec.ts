// How many errors it takes to see a worse candidate: not more than a tenth above what the research simulated for the same test.
import { logBetaMixture } from './beta-mixture';
import { readShared } from './shared-vectors.fixture';

interface Setting {
  readonly traffic_share: number;
  readonly true_rate_ratio: number;
  readonly alpha: number;
  readonly prior_concentration: number;
  readonly max_errors: number;
  readonly rejected: number;
  readonly errors_to_detection_median: number | null;
  readonly errors_to_detection_p90: number | null;
}

/** By number of errors: how many of the candidate's make e >= 1/alpha. */
function boundary({ traffic_share, alpha, max_errors }: Setting): number[] {
  const least: number[] = [0];
  let count = 0;
  for (let of = 1; of <= max_errors; of += 1) {
    const reached = (): boolean =>
      logBetaMixture({ theta0: traffic_share, concentration: 1 / traffic_share, count, of, side: 'above' }) >=
      -Math.log(alpha);
    while (count <= of && !reached()) count += 1;
    least.push(count);
  }
  return least;
}

/** By number of errors: the probability that the first rejection is there. Exact: the walk of the candidate's count below the boundary. */
function detections({ traffic_share, true_rate_ratio, max_errors }: Setting, least: number[]): number[] {
  const theta = (traffic_share * true_rate_ratio) / (traffic_share * true_rate_ratio + 1 - traffic_share);
  let at = [1];
  const first: number[] = [0];
  for (let of = 1; of <= max_errors; of += 1) {
    const next: number[] = [];
    at.forEach((mass, count) => {
      next[count] = (next[count] ?? 0) + mass * (1 - theta);
      next[count + 1] = mass * theta;
    });
    const survives = least[of] ?? Infinity;
    first.push(next.slice(survives).reduce((sum, mass) => sum + mass, 0));
    at = next.slice(0, survives);
  }
  return first;
}

/** The number of errors by which a share p of the detections has come. */
function quantile(first: readonly number[], p: number): number {
  const total = first.reduce((sum, mass) => sum + mass, 0);
  let sum = 0;
  return first.findIndex((mass) => (sum += mass) >= p * total);
}

const found = readShared<{ error_count: Setting[] }>('guardrail-operating-characteristics.json')?.error_count ?? [];
const settings = found.map((each) => [each.traffic_share, each.true_rate_ratio, each.alpha, each] as const);
const absent = [[0, 0, 'skipped: ../shared is not here', undefined] as const];

(found.length > 0 ? describe.each(settings) : describe.skip.each(absent))(
  'at a share of %d, a ratio of %d and alpha %s',
  (_share, _ratio, _alpha, setting) => {
    it('errors are found as fast as the mark, and false alarms as rare as alpha', () => {
      expect(setting).toBeDefined();
      if (!setting) return;
      const first = detections(setting, boundary(setting));
      const rate = first.reduce((sum, mass) => sum + mass, 0);
      if (setting.true_rate_ratio === 1) {
        expect(rate).toBeLessThanOrEqual(setting.alpha);
        return;
      }
      expect(rate).toBeGreaterThanOrEqual(setting.rejected - 0.02);
      expect(quantile(first, 0.5)).toBeLessThanOrEqual(1.1 * (setting.errors_to_detection_median ?? NaN));
      // the mark is itself a draw of 1,500: its 90th percentile may be two points off
      const byMark = first.slice(0, Math.floor(1.1 * (setting.errors_to_detection_p90 ?? NaN)) + 1);
      expect(byMark.reduce((sum, mass) => sum + mass, 0) / rate).toBeGreaterThanOrEqual(0.88);
    });
  },
);
