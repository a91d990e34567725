// Sums over units, added up: of windows, of segments, of allocations.
import { type UnitTotals } from './evidence-row';

export const noUnitTotals: UnitTotals = { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 };

export function addUnitTotals(a: UnitTotals, b: UnitTotals): UnitTotals {
  const covered = a.covered ?? b.covered;
  return {
    ...(covered !== undefined && { covered: (a.covered ?? 0) + (b.covered ?? 0) }),
    ...{ n: a.n + b.n, y: a.y + b.y, d: a.d + b.d },
    ...{ yy: a.yy + b.yy, yd: a.yd + b.yd, dd: a.dd + b.dd },
    ...{ x: a.x + b.x, xx: a.xx + b.xx, xy: a.xy + b.xy, xd: a.xd + b.xd },
  };
}
