// Arms that take their time: what is told late is not lost, and no arm seems to have lost it.
import { evidenceRow } from './evidence-row.fixture';
import { foldSampleRatio, judgeSampleRatio, openSampleRatio, type SampleRatioState } from './sample-ratio';

const settleSeconds = 5;
const plan = { arms: ['v1', 'v2'], settleSeconds };
const weights = { v1: 5_000, v2: 5_000 };
/** Units of v1 and v2 that are decided in each second. */
type Split = readonly [number, number];

/** Second by second: v1 is told of in the second of its decision, v2 so many seconds later, each with the second where `dated`. */
function secondsOf(seconds: number, [ones, twos]: Split, lag: number, dated = true) {
  return Array.from({ length: seconds + lag }, (_, now) => {
    const told: [string, number, number][] = [['v1', now, now < seconds ? ones : 0]];
    if (now >= lag) told.push(['v2', now - lag, twos]);
    return told
      .filter(([, , units]) => units > 0)
      .map(([arm, second, newUnits]) =>
        evidenceRow({ index: now, arm, weights, newUnits, ...(dated && { decided: { [second]: newUnits } }) }),
      );
  });
}

function statuses(windows: ReturnType<typeof secondsOf>) {
  const seen = new Set<string>();
  const state = windows.reduce<SampleRatioState>((before, rows) => {
    const after = foldSampleRatio(before, plan, rows);
    seen.add(judgeSampleRatio(after, plan).status);
    return after;
  }, openSampleRatio(plan));
  return { seen, state };
}

it('does not blame an arm whose answers take three seconds for the units that have not been told of yet', () => {
  const { seen, state } = statuses(secondsOf(60, [50, 50], 3));
  expect(seen).toEqual(new Set(['inconclusive', 'pass']));
  expect(judgeSampleRatio(state, plan).units).toEqual({
    v1: { seen: 58 * 50, expected: 58 * 50 },
    v2: { seen: 58 * 50, expected: 58 * 50 },
  });
  // the same units without their seconds: the alarm that this is about, and it would stay
  expect(statuses(secondsOf(60, [50, 50], 3, false)).seen).toContain('fail');
});

it('finds an arm that loses units all the same, a few seconds later', () => {
  const { state } = statuses(secondsOf(40, [50, 30], 3));
  expect(judgeSampleRatio(state, plan)).toMatchObject({ status: 'fail', mismatch: true });
});

it('takes what comes after its second was over together with what else comes late of it', () => {
  const late = [
    evidenceRow({ index: 20, arm: 'v1', weights, newUnits: 40, decided: { 1: 40 } }),
    evidenceRow({ index: 20 + settleSeconds - 1, arm: 'v2', weights, newUnits: 40, decided: { 1: 40 } }),
    evidenceRow({ index: 20 + settleSeconds, arm: 'v1', weights, newUnits: 1, decided: { 25: 1 } }),
  ];
  const { seen, state } = statuses(late.map((row) => [row]));
  expect(seen).toEqual(new Set(['inconclusive', 'pass']));
  expect(judgeSampleRatio(state, plan).units).toMatchObject({ v1: { seen: 40 }, v2: { seen: 40 } });
});

it('says of a unit in an arm without weight when its second is over', () => {
  const none = { v1: 10_000, v2: 0 };
  const rows = [
    [evidenceRow({ index: 0, arm: 'v2', weights: none, newUnits: 1, decided: { 0: 1 } })],
    [evidenceRow({ index: settleSeconds, arm: 'v1', weights: none, newUnits: 1, decided: { 5: 1 } })],
  ];
  expect(judgeSampleRatio(statuses(rows).state, plan)).toMatchObject({ status: 'fail', leak: true });
});

it('goes by the ends of windows where they are told, and goes on from what was written down', () => {
  const at = (second: number) => ({ index: second, to: new Date(second * 1_000).toISOString() });
  const row = (arm: string, second: number) =>
    evidenceRow({ window: at(second), arm, weights, newUnits: 10, decided: { [second]: 10 } });
  const windows = [0, 1, 4, 9].map((second) => [row('v1', second), row('v2', second)]);
  const reread = windows.reduce<SampleRatioState>(
    (state, rows) => JSON.parse(JSON.stringify(foldSampleRatio(state, plan, [...rows].reverse()))) as SampleRatioState,
    openSampleRatio(plan),
  );
  expect(reread).toEqual(JSON.parse(JSON.stringify(statuses(windows).state)));
  expect(judgeSampleRatio(reread, plan).units).toMatchObject({ v1: { seen: 30 }, v2: { seen: 30 } });
});
