// Twenty rollbacks by evidence on two routers: how long each takes from the breach to no traffic on the candidate.
import { rollBackOnce } from './roll-back';
import { System } from './system';

const seed = 20261123;
const times = Number(process.env['WEIR_ROLLBACKS'] ?? 20);

it('rollback-speed: at most 5 s (p95) from the breach in the evidence to 0 % on two routers', async () => {
  console.info(`seed ${seed}, ${times} rollbacks`);
  const system = await System.start({ routers: 2 });
  const reactions: number[] = [];
  const detections: number[] = [];
  try {
    for (let round = 1; round <= times; round += 1) {
      const { traffic, reactionMs, detectionMs } = await rollBackOnce(system, `failing-${round}`, seed + round);
      expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
      reactions.push(reactionMs);
      detections.push(detectionMs);
    }
  } finally {
    await system.stop();
  }
  const p95 = quantile(reactions, 0.95);
  console.info(
    `figure rollback-speed: breach to 0 %: median ${quantile(reactions, 0.5)} ms, p95 ${p95} ms, most ${Math.max(...reactions)} ms; first failure to 0 %: median ${quantile(detections, 0.5)} ms, p95 ${quantile(detections, 0.95)} ms`,
  );
  expect(p95).toBeLessThanOrEqual(5_000);
});

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;
}
