// The ledger against a real database.
import { Ledger, type Chunk, type Received } from './index';
import { RealBus } from './real-bus.fixture';

describe('Ledger', () => {
  let bus: RealBus;
  let ledger: Ledger;
  beforeEach(async () => {
    bus = await RealBus.open();
    ledger = new Ledger(bus.dataSource, 'g', bus.metrics);
  });
  afterEach(() => bus.close());

  function chunk(from: number, to: number, partition = 0): Chunk<string> {
    const records = Array.from({ length: to - from }, (_, index): Received<string> => {
      const offset = String(from + index);
      return {
        event: `${partition}-${offset}`,
        record: { topic: 't', partition, offset, key: null, value: null, headers: {}, timestampMs: 0 },
      };
    });
    return { topic: 't', partition, records, heartbeat: () => Promise.resolve() };
  }
  const apply = (one: Chunk<string>) =>
    ledger.apply(one, (tx, fresh) =>
      bus.count(
        tx,
        fresh.map(({ event }) => event),
      ),
    );

  it('applies what is new, drops what was applied, and says how many of each', async () => {
    expect(await apply(chunk(0, 10))).toEqual({ applied: 10, redelivered: 0 });
    expect(await apply(chunk(5, 15))).toEqual({ applied: 5, redelivered: 5 });
    expect(await apply(chunk(0, 15))).toEqual({ applied: 0, redelivered: 15 });
    expect(await bus.counted()).toBe(15);
    expect(bus.metrics.of('weir_bus_redelivered_total')).toBe(20);
  });

  it('moves no offset when the effect fails', async () => {
    await expect(ledger.apply(chunk(0, 3), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await apply(chunk(0, 3))).toEqual({ applied: 3, redelivered: 0 });
  });

  it('lets only one of several members, each sure to own the partition, apply a record', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => apply(chunk(0, 50))));
    expect(results.reduce((sum, { applied }) => sum + applied, 0)).toBe(50);
    expect(await bus.countedTwice()).toEqual([]);
  });

  it('keeps groups, topics and partitions apart', async () => {
    await apply(chunk(0, 5));
    await apply(chunk(0, 5, 1));
    const other = new Ledger(bus.dataSource, 'other');
    expect((await other.apply(chunk(0, 5), () => Promise.resolve())).applied).toBe(5);
    const positions = (await ledger.positions('t')).map(({ partition, next }) => [partition, next]);
    expect(positions.sort()).toEqual([
      [0, 5n],
      [1, 5n],
    ]);
  });

  it('advances forward only, for a partition it has never seen too', async () => {
    await ledger.advance({ topic: 't', partition: 3, next: 9n });
    await ledger.advance({ topic: 't', partition: 3, next: 4n });
    expect(await ledger.positions('t')).toEqual([{ topic: 't', partition: 3, next: 9n }]);
  });

  it('counts beyond what a number holds exactly', async () => {
    const next = 2n ** 62n;
    await ledger.advance({ topic: 't', partition: 0, next });
    expect(await ledger.positions('t')).toEqual([{ topic: 't', partition: 0, next }]);
    expect(await apply(chunk(0, 2))).toEqual({ applied: 0, redelivered: 2 });
  });

  it('does not call an effect for nothing', async () => {
    await apply(chunk(0, 2));
    let calls = 0;
    const count = () => Promise.resolve(void (calls += 1));
    await ledger.apply(chunk(0, 2), count);
    await ledger.apply(chunk(0, 0), count);
    expect(calls).toBe(0);
  });
});
