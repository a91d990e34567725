// Whole lives of rollouts in a world that fails, each from a seed; ten thousand of them: npm run faults -- controller-simulation.
import { Simulation } from './simulation.fixture';

describe('rollouts in a world that fails', () => {
  it('are legal, explained, ready before they serve, and come to an end, whatever happens', async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const life = new Simulation(seed);
      await life.run(120);
      expect(life.isOver()).toBe(true);
    }
  }, 120_000);
});
