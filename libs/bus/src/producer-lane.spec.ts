// A lane gathers, keeps the order, and has one request in flight.
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { BusError } from './index';
import { ProducerLane, type LaneLimits } from './producer-lane';

const limits: LaneLimits = { lingerMs: 5, maxRecords: 10, maxBytes: 2_000, maxWaitingBytes: 100_000 };
const record = (n: number, bytes = 10) => ({
  topic: 't',
  key: null,
  value: Buffer.alloc(bytes),
  headers: { n: String(n) },
});
const numbers = (records: readonly { headers?: Readonly<Record<string, string>> }[]) =>
  records.map(({ headers }) => Number(headers?.['n']));

describe('ProducerLane', () => {
  it('sends everything in order, in requests within the limits, one at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 15 }), { maxLength: 12 }),
        async (sends) => {
          const requests: number[][] = [];
          let inFlight = 0;
          let most = 0;
          const lane = new ProducerLane({ ...limits, lingerMs: 0, maxWaitingBytes: Infinity }, async (records) => {
            most = Math.max(most, (inFlight += 1));
            await Promise.resolve();
            requests.push(numbers(records));
            inFlight -= 1;
          });
          let n = 0;
          await Promise.all(sends.map((sizes) => lane.send(sizes.map((bytes) => record(n++, bytes)))));
          expect(requests.flat()).toEqual(Array.from({ length: n }, (_, index) => index));
          expect(most).toBeLessThanOrEqual(1);
          expect(Math.max(0, ...requests.map(({ length }) => length))).toBeLessThanOrEqual(limits.maxRecords);
        },
      ),
      { seed: 20261, numRuns: 100 },
    );
  });

  it('waits a moment for company, but not when there is enough', async () => {
    const requests: number[][] = [];
    const lane = new ProducerLane({ ...limits, lingerMs: 20 }, (records) =>
      Promise.resolve(void requests.push(numbers(records))),
    );
    await Promise.all([lane.send([record(1)]), sleep(2).then(() => lane.send([record(2)]))]);
    expect(requests).toEqual([[1, 2]]);
    const startedAtMs = performance.now();
    await Promise.all(Array.from({ length: 10 }, (_, n) => lane.send([record(n)])));
    expect(performance.now() - startedAtMs).toBeLessThan(15);
  });

  it('refuses more than it may hold, and goes on with the rest', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const lane = new ProducerLane({ ...limits, lingerMs: 0, maxWaitingBytes: 1_000 }, () => gate);
    const sent = [lane.send([record(0)]), lane.send([record(1, 500)])];
    await expect(lane.send([record(2, 800)])).rejects.toMatchObject({ code: 'producer-full', retriable: true });
    open();
    await Promise.all(sent);
  });

  it('rejects all of a failed request, and only those', async () => {
    let away = true;
    const lane = new ProducerLane({ ...limits, lingerMs: 0 }, () =>
      away ? Promise.reject(new BusError('kafka-away', 'away', true)) : Promise.resolve(),
    );
    await expect(lane.send([record(0)])).rejects.toMatchObject({ code: 'kafka-away' });
    away = false;
    await lane.send([record(1)]);
  });
});
