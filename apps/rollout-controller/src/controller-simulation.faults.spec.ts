// Ten thousand lives of rollouts in a world that fails.
import { Simulation } from './simulation.fixture';

/** A run in pieces, or one life again: WEIR_LIVES lives from WEIR_FIRST_LIFE on. */
const lives = Number(process.env['WEIR_LIVES'] ?? 10_000);
const first = Number(process.env['WEIR_FIRST_LIFE'] ?? 1);

it(`controller-simulation: ${lives} rollouts in a world that fails are legal, explained, ready before they serve, and end`, async () => {
  const ends: Record<string, number> = {};
  let moves = 0;
  const problems: string[] = [];
  for (let seed = first; seed < first + lives; seed += 1) {
    const life = new Simulation(seed);
    await life.run(120).catch((error: unknown) => problems.push(String(error)));
    for (const { state, revision } of life.store.tables.rollouts.values()) {
      ends[state.phase] = (ends[state.phase] ?? 0) + 1;
      moves += revision;
    }
  }
  console.info(
    `figure controller-simulation: ${lives} lives from ${first} on, ${moves} moves, ${JSON.stringify(ends)}`,
  );
  expect(problems.slice(0, 5)).toEqual([]);
});
