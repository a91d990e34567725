// Ten thousand lives of rollouts in a world that fails.
import { Simulation } from './simulation.fixture';

describe('ten thousand rollouts in a world that fails', () => {
  it('are legal, explained, ready before they serve, and come to an end, whatever happens', async () => {
    const ends: Record<string, number> = {};
    let moves = 0;
    for (let seed = 1; seed <= 10_000; seed += 1) {
      const life = new Simulation(seed);
      await life.run(120);
      expect(life.isOver()).toBe(true);
      for (const { state, revision } of life.store.tables.rollouts.values()) {
        ends[state.phase] = (ends[state.phase] ?? 0) + 1;
        moves += revision;
      }
    }
    process.stdout.write(`10000 seeds, ${moves} moves, ${JSON.stringify(ends)}\n`);
  });
});
