// Calls that wait for the same thing go together, and none pays for another's fault.
import { GatherCalls, OverloadedError } from './gather-calls';

interface Call {
  readonly id: number;
  readonly key?: string;
  readonly weight?: number;
}

function gathering(options: { mostWaiting?: number; fails?: (calls: readonly Call[]) => boolean } = {}) {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const calls = new GatherCalls<Call, number>({
    work: async (batch) => {
      batches.push(batch.map(({ id }) => id));
      await new Promise<void>((open) => gates.push(open));
      if (options.fails?.(batch)) throw new Error('broken');
      return batch.map(({ id }) => id * 10);
    },
    weigh: ({ weight = 1 }) => weight,
    mostWeight: 4,
    keyOf: ({ key }) => key,
    mostWaiting: options.mostWaiting ?? 100,
    isOneCallsFault: () => true,
  });
  const open = async () => {
    gates.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { calls, batches, open };
}

it('lets the first go at once and gathers those that come meanwhile', async () => {
  const { calls, batches, open } = gathering();
  const answers = Promise.all([1, 2, 3].map((id) => calls.add({ id })));
  await open();
  await open();
  expect(await answers).toEqual([10, 20, 30]);
  expect(batches).toEqual([[1], [2, 3]]);
});

it('fills a batch up to its weight, and lets a call that is heavier go alone', async () => {
  const { calls, batches, open } = gathering();
  const answers = Promise.all([
    calls.add({ id: 1 }),
    ...[2, 3].map((id) => calls.add({ id, weight: 2 })),
    calls.add({ id: 4, weight: 9 }),
    calls.add({ id: 5 }),
  ]);
  for (let batch = 0; batch < 4; batch += 1) await open();
  await answers;
  expect(batches).toEqual([[1], [2, 3], [4], [5]]);
});

it('never puts two calls of one key into one batch', async () => {
  const { calls, batches, open } = gathering();
  const answers = Promise.all([1, 2, 3].map((id) => calls.add({ id, key: 'same' })));
  for (let batch = 0; batch < 3; batch += 1) await open();
  await answers;
  expect(batches).toEqual([[1], [2], [3]]);
});

it('tries each alone when a batch fails, so that only the faulty one does', async () => {
  const { calls, open } = gathering({ fails: (batch) => batch.some(({ id }) => id === 3) });
  const answers = Promise.allSettled([1, 2, 3, 4].map((id) => calls.add({ id })));
  for (let batch = 0; batch < 5; batch += 1) await open();
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});

it('refuses at once when too many wait', async () => {
  const { calls, open } = gathering({ mostWaiting: 1 });
  const taken = [calls.add({ id: 1 }), calls.add({ id: 2 })];
  await expect(calls.add({ id: 3 })).rejects.toThrow(OverloadedError);
  await open();
  await open();
  expect(await Promise.all(taken)).toEqual([10, 20]);
});
