// A unit's place in a pair.
import fc from 'fast-check';
import { sideOf, unitName, unitSideId, unitSideOf } from './unit-sides';

const version = fc.stringMatching(/^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,20}[a-zA-Z0-9])?$/);

it('is read as it was written, whatever the unit is called', () => {
  fc.assert(
    fc.property(
      version,
      version,
      fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a beside b c')),
      (a, b, unit) => {
        const place = { side: sideOf(a, b), unit };
        expect(unitSideOf(unitSideId(place))).toEqual(place);
      },
    ),
    { seed: 17 },
  );
});

it('is the unit’s own name, but for what a database cannot hold', () => {
  expect(unitName('user 🙂 beside')).toBe('user 🙂 beside');
  expect(unitName('a\0b\ud800c')).toBe('a\ufffdb\ufffdc');
});
