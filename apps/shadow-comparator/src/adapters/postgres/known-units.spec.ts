// Units' states between transactions.
import { type UnitState } from '@weir/stats';
import { KnownUnits, UnitsOfLate } from './known-units';
import { type UnitSides } from './unit-text';

const attempt = { rollout: 'r', attempt: 1 };
const sides = (): UnitSides => new Map<string, UnitState>();

function knownAt(version: number): KnownUnits {
  const known = new KnownUnits();
  const units = known.take({ ...attempt, version: 0 });
  units.set('ada', sides());
  known.bringBack(attempt, { version, units });
  return known;
}

it('knows what a transaction brought back, at the version that it left', () => {
  expect(
    knownAt(3)
      .take({ ...attempt, version: 3 })
      .get('ada'),
  ).toBeDefined();
});

it('forgets what somebody else has changed since', () => {
  const known = knownAt(3);
  expect(known.take({ ...attempt, version: 4 }).get('ada')).toBeUndefined();
  expect(known.take({ ...attempt, version: 3 }).get('ada')).toBeUndefined();
});

it('forgets what a transaction took and did not bring back', () => {
  const known = knownAt(3);
  known.take({ ...attempt, version: 3 });
  expect(known.take({ ...attempt, version: 3 }).get('ada')).toBeUndefined();
});

it('keeps the later of two that come back in the wrong order', () => {
  const known = new KnownUnits();
  const [earlier, later] = [new UnitsOfLate(10), new UnitsOfLate(10)];
  later.set('ada', sides());
  known.bringBack(attempt, { version: 5, units: later });
  known.bringBack(attempt, { version: 4, units: earlier });
  expect(known.take({ ...attempt, version: 5 })).toBe(later);
});

it('keeps attempts apart, and the latest twenty of them', () => {
  const known = new KnownUnits();
  const of = (number: number) => ({ rollout: 'r', attempt: number });
  for (let number = 1; number <= 21; number += 1) {
    const units = new UnitsOfLate(10);
    units.set('ada', sides());
    known.bringBack(of(number), { version: number, units });
  }
  const isKnown = (number: number) => known.take({ ...of(number), version: number }).get('ada') !== undefined;
  expect([1, 2, 21].map(isKnown)).toEqual([false, true, true]);
});

it('remembers at least the latest half of so many, and those that come again', () => {
  const units = new UnitsOfLate(10);
  units.set('again', sides());
  for (let number = 0; number < 100; number += 1) {
    units.set(`unit-${number}`, sides());
    if (number % 3 === 0) units.get('again');
  }
  for (let number = 96; number < 100; number += 1) expect(units.get(`unit-${number}`)).toBeDefined();
  expect(units.get('again')).toBeDefined();
  expect(units.get('unit-80')).toBeUndefined();
});
