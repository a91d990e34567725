import { rootsOf, spentBetween, type CpuMoment } from './cpu-meter';

function moment(atMs: number, work: number, steal: number, ours: Record<number, number>): CpuMoment {
  const entries = Object.entries(ours).map(([pid, ticks]) => [Number(pid), ticks] as const);
  return { atMs, machine: { work, steal }, ours: new Map(entries) };
}

describe('the CPU between two moments', () => {
  it('is foreign where it is none of ours', () => {
    const spent = spentBetween(moment(0, 1_000, 0, { 7: 100, 8: 0 }), moment(2_000, 1_350, 20, { 7: 280, 8: 40 }));
    expect([spent.seconds, spent.of(7), spent.of(8)]).toEqual([2, 1.8, 0.4]);
    expect(spent.foreignCores).toBeCloseTo((3.5 - 2.2) / 2);
    expect(spent.stealCores).toBeCloseTo(0.1);
  });

  it('is nothing for a process that was not ours', () => {
    expect(spentBetween(moment(0, 0, 0, {}), moment(1_000, 10, 0, {})).of(99)).toBe(0);
  });

  it('is never less than nothing: the files are not read in one instant', () => {
    expect(spentBetween(moment(0, 0, 0, { 7: 0 }), moment(1_000, 10, 0, { 7: 11 })).foreignCores).toBe(0);
  });
});

describe('whose a process is', () => {
  const all = [
    { pid: 1, parent: 0 },
    { pid: 10, parent: 1 }, // the runner
    { pid: 20, parent: 10 }, // a server
    { pid: 21, parent: 20 },
    { pid: 22, parent: 21 },
    { pid: 30, parent: 10 }, // the load
    { pid: 40, parent: 1 },
  ];

  it('is told by its parents, and the nearest counts', () => {
    expect([...rootsOf(all, new Set([10, 20]))]).toEqual([
      [10, 10],
      [20, 20],
      [21, 20],
      [22, 20],
      [30, 10],
    ]);
  });
});
