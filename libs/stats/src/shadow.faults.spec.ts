// Long runs of whole shadows: how often a version beside itself fails by chance. Sizes: WEIR_STATS_RUNS (default 500).
import { agreeing, examples, failing, latencies, scores, simulate, type Simulation } from './pairs.fixture';

const runs = Number(process.env['WEIR_STATS_RUNS'] ?? 500);

/** Stable beside itself: a noisy model, whose answers agree as seldom as its limit allows, and errs and waits as often. */
const beside: [name: string, Simulation['limits'], Simulation['draw'], segmented: boolean][] = [
  ['agreement', examples.agreement, agreeing(0.98), false],
  ['errors', examples.errors, failing(0.02, 0.02), false],
  ['latency', examples.latency, latencies(1), false],
  ['score', examples.score, scores(0), true],
  ['right', examples.right, failing(0.1, 0.1), false],
];

describe('shadows-alike: stable beside itself, a hundred pairs a window, looked at after each of a hundred', () => {
  it.each([0, 2_000])('fails in at most 10 of 500 at alpha 0.01 over all five tests (%i units)', (units) => {
    const failed: string[] = [];
    for (let run = 1; run <= runs; run += 1)
      for (const [name, limits, draw, segmented] of beside) {
        const found = simulate(
          { limits, draw, segmented, units, windows: 100, pairsPerWindow: 100, passes: false },
          run,
        );
        if (found.breach) failed.push(name);
      }
    console.info(
      `figure shadows-alike: of ${runs} shadows beside themselves (${units} units) failed: ${failed.length} ${failed.join(' ')}`,
    );
    expect(failed.length).toBeLessThanOrEqual((10 * runs) / 500);
  });
});
