// Sample ratio over windows.
import { evidenceRow } from './evidence-row.fixture';
import { foldSampleRatio, judgeSampleRatio, openSampleRatio, type SampleRatioState } from './sample-ratio';

const plan = { arms: ['v1', 'v2'] };

/** One window of 10,000 units with so many in the candidate, at its own weight. */
function window(index: number, candidate: number, bps = 1_000) {
  const weights = { v1: 10_000 - bps, v2: bps };
  return [
    evidenceRow({ index, arm: 'v1', weights, newUnits: 10_000 - candidate }),
    evidenceRow({ index, arm: 'v2', weights, newUnits: candidate }),
  ];
}

function foldAll(windows: ReturnType<typeof window>[]): SampleRatioState {
  return windows.reduce((state, rows) => foldSampleRatio(state, plan, rows), openSampleRatio(plan));
}

it('says inconclusive without units, pass where the weights are followed, each unit by the weights of its own event', () => {
  expect(judgeSampleRatio(openSampleRatio(plan), plan)).toMatchObject({ status: 'inconclusive', mismatch: false });
  const ramp = foldAll([window(0, 500, 500), window(1, 1_000, 1_000), window(2, 5_000, 5_000)]);
  expect(judgeSampleRatio(ramp, plan)).toMatchObject({
    status: 'pass',
    units: { v1: { seen: 23_500, expected: 23_500 }, v2: { seen: 6_500, expected: 6_500 } },
  });
});

it('raises the alarm at 1,000 for 94.5/5.5 in place of 90/10, and keeps it', () => {
  const bad = foldAll([window(0, 550)]);
  expect(judgeSampleRatio(bad, plan)).toMatchObject({ status: 'fail', mismatch: true, leak: false, threshold: 1_000 });
  const later = foldSampleRatio(bad, plan, window(1, 1_450));
  expect(judgeSampleRatio(later, plan).status).toBe('fail');
});

it('raises the alarm at once for one unit in an arm to which its own event gave no weight', () => {
  const rows = [evidenceRow({ arm: 'v2', weights: { v1: 10_000, v2: 0 }, newUnits: 1 })];
  const verdict = judgeSampleRatio(foldSampleRatio(openSampleRatio(plan), plan, rows), plan);
  expect(verdict).toMatchObject({ status: 'fail', mismatch: false, leak: true });
});

it('finds a mismatch that is spread over more allocations than ten', () => {
  const windows = Array.from({ length: 100 }, (_, index) => window(index, 1_000 + index + 30, 1_000 + index));
  expect(judgeSampleRatio(foldAll(windows), plan)).toMatchObject({ status: 'fail' });
});

it('goes on identically after its state was written down, whatever the order of the rows', () => {
  const windows = Array.from({ length: 15 }, (_, index) => window(index, 1_000, 900 + 20 * index));
  const reread = windows.reduce(
    (state, rows) => JSON.parse(JSON.stringify(foldSampleRatio(state, plan, [...rows].reverse()))) as SampleRatioState,
    openSampleRatio(plan),
  );
  expect(JSON.stringify(reread)).toBe(JSON.stringify(foldAll(windows)));
  expect(() => foldSampleRatio(reread, plan, window(3, 1_000))).toThrow(RangeError);
});
