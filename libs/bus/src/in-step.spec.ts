// Topics in step.
import { InStep } from './in-step';

const leader = 'predictions';
const key = 'outcomes/0';
let paused: Set<number>;
let inStep: InStep;
let resumed: number;

beforeEach(() => {
  jest.useFakeTimers();
  paused = new Set();
  resumed = 0;
  inStep = new InStep({ leading: new Set([leader]), isPaused: (_, partition) => paused.has(partition) });
  inStep.assign([
    { topic: leader, partitions: [0, 1] },
    { topic: 'outcomes', partitions: [0] },
  ]);
});

afterEach(() => {
  inStep.clear();
  jest.useRealTimers();
});

const wait = (upToMs: number) => inStep.wait(key, leader, upToMs, () => (resumed += 1));

it('keeps a batch waiting while a partition of the leading topic has more to come that is older', () => {
  expect(inStep.mustWait(key, leader, 500)).toBe(true); // not known yet
  wait(500);
  inStep.starts(leader, 0, 5_000n);
  inStep.starts(leader, 1, 10n); // so few come with the first fetch
  expect(resumed).toBe(0);
  inStep.handled(leader, 0, 499);
  expect(resumed).toBe(0);
  inStep.handled(leader, 0, 500);
  expect(resumed).toBe(1);
  expect(inStep.mustWait(key, leader, 500)).toBe(false);
  expect(inStep.mustWait(key, leader, 501)).toBe(true);
});

it('lets it go when everything of the leading topic was fetched', () => {
  inStep.starts(leader, 0, 5_000n);
  inStep.starts(leader, 1, 5_000n);
  wait(500);
  inStep.fetched(leader, 0, 0n);
  inStep.fetched(leader, 1, 7n);
  inStep.starts(leader, 1, 0n); // older news
  expect(resumed).toBe(0);
  inStep.fetched(leader, 1, 0n);
  expect(resumed).toBe(1);
});

it('waits for nobody who waits himself, whose state nobody knows, or whose partitions are others’', () => {
  inStep.starts(leader, 0, undefined);
  inStep.starts(leader, 1, 5_000n);
  paused.add(1);
  expect(inStep.mustWait(key, leader, 500)).toBe(false);
  paused.clear();
  inStep.assign([{ topic: 'outcomes', partitions: [0] }]);
  expect(inStep.mustWait(key, leader, 500)).toBe(false);
});

it('waits no longer than that, and then once goes first', () => {
  expect(inStep.mustWait(key, leader, 500)).toBe(true);
  wait(500);
  jest.advanceTimersByTime(9_999);
  expect(resumed).toBe(0);
  jest.advanceTimersByTime(1);
  expect(resumed).toBe(1);
  expect(inStep.mustWait(key, leader, 500)).toBe(false);
  expect(inStep.mustWait(key, leader, 600)).toBe(true);
});

it('lets everything go when the group is joined anew', () => {
  wait(500);
  inStep.assign([]);
  expect(resumed).toBe(1);
});
