// The least of what workers serve by.
import { isInForce, leastInForce, type InForce } from './in-force';

const live = (revision: number) => ({ revision, source: 'live' as const });
const disk = (revision: number) => ({ revision, source: 'disk' as const });

describe('leastInForce', () => {
  it('takes the least revision of each model, whoever has it', () => {
    expect(
      leastInForce([
        { spam: live(7), churn: live(2) },
        { spam: live(6), churn: live(3) },
      ]),
    ).toEqual({ spam: live(6), churn: live(2) });
  });

  it('leaves out a model that one of them does not have', () => {
    expect(leastInForce([{ spam: live(7) }, {}])).toEqual({});
    expect(leastInForce([{}, { spam: live(7) }])).toEqual({});
    expect(leastInForce([JSON.parse('{"constructor":{"revision":1,"source":"live"}}') as InForce, {}])).toEqual({});
  });

  it('says disk where one has it from the disk only', () => {
    expect(leastInForce([{ spam: live(7) }, { spam: disk(7) }])).toEqual({ spam: disk(7) });
  });

  it('of nobody is nothing', () => {
    expect(leastInForce([])).toEqual({});
  });
});

describe('isInForce', () => {
  it('holds from the wanted revisions on', () => {
    expect(isInForce({ spam: live(7), other: live(1) }, { spam: disk(7) })).toBe(true);
    expect(isInForce({ spam: live(8) }, { spam: live(7) })).toBe(true);
    expect(isInForce({ spam: live(6) }, { spam: live(7) })).toBe(false);
    expect(isInForce({}, { spam: live(0) })).toBe(false);
    expect(isInForce({}, {})).toBe(true);
  });
});
