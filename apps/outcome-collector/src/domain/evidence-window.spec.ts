// Windows and periods.
import { buildSlice } from '@weir/testing';
import fc from 'fast-check';
import { periodAt, stageClockOf, windowAt, type EvidenceWindow } from './evidence-window';

it('aligns windows to their width', () => {
  expect(windowAt(12_345, 1_000)).toEqual({ index: 12, fromMs: 12_000, toMs: 13_000 });
  expect(windowAt(12_345, 10_000)).toEqual({ index: 10, fromMs: 10_000, toMs: 20_000 });
});

it('stays in an open window, also when the clock goes back or the width changes', () => {
  const open = windowAt(12_345, 10_000);
  expect(windowAt(11_000, 1_000, open)).toBe(open);
  expect(windowAt(9_000, 1_000, open)).toBe(open);
});

it('never overlaps and always ascends, whatever the clock and the widths do', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: -500, max: 30_000 }), fc.constantFrom(1_000, 10_000)), {
    maxLength: 50,
  });
  fc.assert(
    fc.property(steps, (list) => {
      let atMs = 1_700_000_000_000;
      let last: EvidenceWindow | undefined;
      for (const [stepMs, widthMs] of list) {
        atMs += stepMs;
        const window = windowAt(atMs, widthMs, last);
        if (last && window !== last) {
          expect(window.index).toBeGreaterThan(last.index);
          expect(window.fromMs).toBeGreaterThanOrEqual(last.toMs);
          expect(window.toMs).toBeGreaterThan(atMs);
        }
        last = window;
      }
    }),
    { seed: 17, numRuns: 300 },
  );
});

it('cuts a stage into periods of ten minutes from the base of its step', () => {
  const stage = { windowMs: 1_000, periodBase: 4, periodStartedAt: '2026-01-01T00:00:00.000Z' };
  const start = Date.parse(stage.periodStartedAt);
  expect([-5_000, 0, 599_999, 600_000].map((ms) => periodAt(stage, start + ms))).toEqual([4, 4, 4, 5]);
  expect(periodAt(undefined, start)).toBe(0);
});

it('knows a bandit from other stages', () => {
  expect(stageClockOf(buildSlice({ kind: 'bandit' })).isBandit).toBe(true);
  expect(stageClockOf(buildSlice({ kind: 'canary' }))).not.toHaveProperty('isBandit');
});
