// Ten seconds at a time: what was borne, where it ends, and what tells nothing.
import { reportLoad, type LoadBucket } from './load';

const bucket = (index: number, some: Partial<LoadBucket> = {}): LoadBucket => {
  const { offered = 1_000, refused = 0, ...rest } = some;
  const calls = offered - refused;
  return { fromMs: index * 10_000, offered, refused, calls, failed: 0, late: 0, modelMs: calls * 20, ...rest };
};

it('says that production’s rate is borne, how much of it was seen, and what it cost', () => {
  const report = reportLoad([
    bucket(3, { offered: 300 }),
    bucket(0, { offered: 20 }),
    bucket(1),
    bucket(2, { offered: 1_400 }),
  ]);
  expect(report).toEqual({
    ...{ calls: 2_720, modelSeconds: 54.4, coverage: 1, sustained: true },
    ...{ sustainedPerSecond: 140, saturatesAtPerSecond: null, offeredPerSecond: 140 },
  });
});

it('says where it ends: the answers that it gives while it refuses or fails', () => {
  const beyond = [bucket(2, { offered: 3_000, refused: 900 }), bucket(3, { offered: 2_500, failed: 300 })];
  expect(reportLoad([bucket(0), bucket(1), ...beyond, bucket(4)])).toMatchObject({
    ...{ sustained: false, sustainedPerSecond: 100, saturatesAtPerSecond: 220, offeredPerSecond: 300 },
  });
});

it('concludes nothing from what was offered late, nor from the first and the last ten seconds', () => {
  const late = bucket(1, { offered: 5_000, refused: 4_000, late: 600 });
  expect(reportLoad([bucket(0, { refused: 500 }), late, bucket(2, { refused: 500 })])).toMatchObject({
    ...{ sustained: null, sustainedPerSecond: null, saturatesAtPerSecond: null, offeredPerSecond: null },
  });
  expect(reportLoad([])).toMatchObject({ calls: 0, coverage: null, sustained: null });
});
