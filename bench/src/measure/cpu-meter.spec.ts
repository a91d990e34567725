import { spentBetween, type CpuMoment } from './cpu-meter';

function moment(atMs: number, work: number, steal: number, groups: Record<number, number>): CpuMoment {
  const entries = Object.entries(groups).map(([group, ticks]) => [Number(group), ticks] as const);
  return { atMs, machine: { work, steal }, groups: new Map(entries) };
}

describe('the CPU between two moments', () => {
  it('is foreign where it is none of ours', () => {
    const spent = spentBetween(moment(0, 1_000, 0, { 7: 100, 8: 0 }), moment(2_000, 1_350, 20, { 7: 280, 8: 40 }));
    expect([spent.seconds, spent.of(7), spent.of(8)]).toEqual([2, 1.8, 0.4]);
    expect(spent.foreignCores).toBeCloseTo((3.5 - 2.2) / 2);
    expect(spent.stealCores).toBeCloseTo(0.1);
  });

  it('is nothing for a group that was not ours', () => {
    expect(spentBetween(moment(0, 0, 0, {}), moment(1_000, 10, 0, {})).of(99)).toBe(0);
  });

  it('is never less than nothing: the two files are not read in one instant', () => {
    expect(spentBetween(moment(0, 0, 0, { 7: 0 }), moment(1_000, 10, 0, { 7: 11 })).foreignCores).toBe(0);
  });
});
