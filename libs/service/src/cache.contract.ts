// What every cache does, the real one and the fake.
import type { Cache } from './cache';

/** `pass` lets time go by until entries of this lifetime are over. */
export function describeCache(
  name: string,
  make: () => Promise<{ cache: Cache; prefix: string; pass(ms: number): Promise<void> }>,
): void {
  describe(`${name} as a cache`, () => {
    let made: Awaited<ReturnType<typeof make>>;
    beforeEach(async () => (made = await make()));
    afterEach(() => made.cache.close());

    const keysOf = (...names: string[]) => names.map((key) => `${made.prefix}${key}`);

    it('answers in the order of the keys, with gaps where it knows nothing', async () => {
      const [a, b, c] = keysOf('a', 'b', 'c') as [string, string, string];
      const entries = [
        { key: a, value: '1' },
        { key: c, value: '' },
      ];
      await made.cache.setMany(entries, 60_000);
      expect(await made.cache.getMany([c, b, a, a])).toEqual(['', undefined, '1', '1']);
    });

    it('replaces a value and its lifetime', async () => {
      const [a] = keysOf('a') as [string];
      await made.cache.setMany([{ key: a, value: 'old' }], 30);
      await made.cache.setMany([{ key: a, value: 'new' }], 60_000);
      await made.pass(40);
      expect(await made.cache.getMany([a])).toEqual(['new']);
    });

    it('forgets when the time is over', async () => {
      const [a] = keysOf('a') as [string];
      await made.cache.setMany([{ key: a, value: '1' }], 30);
      await made.pass(40);
      expect(await made.cache.getMany([a])).toEqual([undefined]);
    });

    it('takes and answers nothing without complaint', async () => {
      await made.cache.setMany([], 1_000);
      expect(await made.cache.getMany([])).toEqual([]);
    });

    it('keeps values as they are', async () => {
      const value = '{"text":"ünïcode \\u0000 \n 🦊"}';
      const [a] = keysOf('a') as [string];
      await made.cache.setMany([{ key: a, value }], 60_000);
      expect(await made.cache.getMany([a])).toEqual([value]);
    });
  });
}
