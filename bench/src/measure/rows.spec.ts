import { toRow } from './rows';
import { type Pair } from './visits';

function pairs(values: readonly number[], quiet = true): Pair[] {
  return values.map((value, index) => ({ round: index + 1, value, quiet }));
}

describe('a row', () => {
  it('is the median of the quiet pairs, with their least and greatest', () => {
    const row = toRow('router-kafka', [...pairs([0.2, 0.3, 0.25]), ...pairs([9], false)], 'quiet');
    expect(row).toEqual({
      row: 'router-kafka',
      ratio: 0.25,
      must: 0.22,
      aim: 0.33,
      reached: 'must',
      pairs: 3,
      spread: [0.2, 0.3],
    });
  });

  it('counts noisy pairs where contention does not change the figure', () => {
    expect(toRow('router-kafka-cpu', pairs([3, 5], false), 'all')).toMatchObject({ ratio: 4, pairs: 2 });
  });

  it('knows where less is better', () => {
    expect([2.5, 3.9, 4.1].map((ratio) => toRow('router-bare-cpu', pairs([ratio]), 'all').reached)).toEqual([
      'aim',
      'must',
      'nothing',
    ]);
  });

  it('says that it does not know where no pair was quiet', () => {
    expect(toRow('router-bare', pairs([0.5], false), 'quiet')).toMatchObject({
      ratio: null,
      reached: 'unknown',
      pairs: 0,
      spread: null,
    });
  });

  it('leaves out what is not a number', () => {
    expect(toRow('router-bare', pairs([NaN, 0.5]), 'quiet')).toMatchObject({ ratio: 0.5, pairs: 1 });
  });

  it('refuses a row that nobody planned', () => {
    expect(() => toRow('fastest', [], 'all')).toThrow('no row is called fastest');
  });
});
