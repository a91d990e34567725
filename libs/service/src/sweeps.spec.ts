// Tasks by the clock.
import { createLogger } from './logger';
import { eventually } from '@weir/testing';
import { Sweeps } from './sweeps';

const logger = createLogger('spec', 'silent');

it('runs each task again and again, one at a time, and none after the stop', async () => {
  let [running, most, runs] = [0, 0, 0];
  const run = async () => {
    most = Math.max(most, (running += 1));
    await Promise.resolve();
    running -= 1;
    runs += 1;
  };
  const sweeps = new Sweeps([{ name: 'one', everyMs: 1, run }], logger);
  sweeps.start();
  await eventually(() => runs >= 5);
  await sweeps.stop();
  const atStop = runs;
  await new Promise((resolve) => setImmediate(resolve));
  expect({ most, runs }).toEqual({ most: 1, runs: atStop });
});

it('goes on after a failure, and waits for the run under way when it is stopped', async () => {
  let runs = 0;
  let ended = false;
  const run = async () => {
    runs += 1;
    if (runs === 1) throw new Error('the database is away');
    await new Promise((resolve) => setTimeout(resolve, 50));
    ended = true;
  };
  const sweeps = new Sweeps([{ name: 'one', everyMs: 1, run }], logger);
  sweeps.start();
  await eventually(() => runs === 2);
  await sweeps.stop();
  expect(ended).toBe(true);
});

it('runs a task now when it is hurried, and once more where it runs already', async () => {
  let [runs, release] = [0, (): void => undefined];
  const run = async () => {
    runs += 1;
    if (runs === 2) await new Promise<void>((resolve) => (release = resolve));
  };
  const sweeps = new Sweeps([{ name: 'one', everyMs: 3_600_000, run }], logger);
  sweeps.start();
  await eventually(() => runs === 1);
  await new Promise((resolve) => setImmediate(resolve));
  sweeps.hurry('another');
  sweeps.hurry('one');
  await eventually(() => runs === 2);
  sweeps.hurry('one');
  sweeps.hurry('one');
  release();
  await eventually(() => runs === 3);
  await sweeps.stop();
  expect(runs).toBe(3);
});
