// The sums over units of changes, held against the squares and products that they stand for.
import fc from 'fast-check';
import { multiplyFixed, toFixed } from './fixed-point';
import { emptySums } from './sums';
import { addUnitChange, type Move } from './unit-change';

const seed = 20261123;
const amount = fc.oneof(
  fc.constantFrom(0n, toFixed(1), toFixed(-1), toFixed(0.3)),
  fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
);
const move = fc.record({ n: fc.constantFrom(-1, 0, 1), y: amount, d: amount });

it('are those of the totals that came of them, to the last bit, whatever the moves', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12 }), fc.option(amount, { nil: undefined }), (moves: Move[], past) => {
      const total = { n: 0, y: 0n, d: 0n };
      const sums = emptySums();
      for (const one of moves) addUnitChange(total, sums, one, past);
      const { y, d } = total;
      expect(sums.unitSums).toMatchObject({ n: Number(total.n > 0), y, d });
      expect(sums.unitSums.yy).toBe(multiplyFixed(y, y));
      expect(sums.unitSums.yd).toBe(multiplyFixed(y, d));
      expect(sums.unitSums.dd).toBe(multiplyFixed(d, d));
      const x = past === undefined ? 0n : multiplyFixed(past, d);
      expect(sums.unitSums.x).toBe(x);
      expect(sums.unitSums.xy).toBe(multiplyFixed(x, y));
    }),
    { seed, numRuns: 300 },
  );
});
