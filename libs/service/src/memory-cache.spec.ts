// The fake keeps the cache's contract, and its own bound.
import { FixedClock } from '@weir/testing';
import { describeCache } from './cache.contract';
import { MemoryCache } from './memory-cache';

describeCache('memory', () => {
  const clock = new FixedClock();
  const pass = (ms: number) => {
    clock.advance(ms);
    return Promise.resolve();
  };
  return Promise.resolve({ cache: new MemoryCache(100, clock.nowMs), prefix: '', pass });
});

it('forgets the oldest entry when it is full', async () => {
  const cache = new MemoryCache(2);
  await cache.setMany(
    [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ],
    1_000,
  );
  await cache.setMany([{ key: 'a', value: '3' }], 1_000);
  await cache.setMany([{ key: 'c', value: '4' }], 1_000);
  expect(await cache.getMany(['a', 'b', 'c'])).toEqual(['3', undefined, '4']);
});
