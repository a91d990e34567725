// One chunk through a handler that refuses, fails and finds things away.
import fc from 'fast-check';
import { BusError, DependencyDown, RefusedRecords, type IncomingRecord } from './index';
import { handleChunk, type Handling, type Reason } from './handle-chunk';

type Fate = 'good' | 'refused' | 'bug';
interface Fated {
  readonly offset: string;
  readonly fate: Fate;
}

function world(deadLetters: 'writable' | 'away' = 'writable') {
  const applied: string[] = [];
  const buried: [string, string][] = [];
  const ports: Handling<Fated> = {
    handle: (records) => {
      const refused = records.filter(({ fate }) => fate === 'refused');
      if (refused.length > 0)
        return Promise.reject(
          new RefusedRecords(
            refused.map(({ offset }) => ({ record: { offset } as IncomingRecord, code: 'no', message: 'not this' })),
          ),
        );
      if (records.some(({ fate }) => fate === 'bug')) return Promise.reject(new TypeError('x is not a function'));
      applied.push(...records.map(({ offset }) => offset));
      return Promise.resolve();
    },
    bury: (refused: ReadonlyMap<Fated, Reason>) => {
      if (deadLetters === 'away') return Promise.reject(new BusError('kafka-away', 'away', true));
      buried.push(...[...refused].map(([{ offset }, { code }]): [string, string] => [offset, code]));
      return Promise.resolve();
    },
    find: (records, offset) => records.find((record) => record.offset === offset),
    pauseMs: () => Promise.resolve(),
  };
  return { applied, buried, ports };
}

describe('handleChunk', () => {
  it('buries exactly the offending records, once each, and applies all others once, in order', async () => {
    const fates = fc.array(fc.constantFrom<Fate>('good', 'good', 'good', 'refused', 'bug'), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fates, async (all) => {
        const records = all.map((fate, n) => ({ offset: String(n), fate }));
        const { applied, buried, ports } = world();
        const handled = await handleChunk(records, ports);
        expect(applied).toEqual(records.filter(({ fate }) => fate === 'good').map(({ offset }) => offset));
        const offending = records
          .filter(({ fate }) => fate !== 'good')
          .map(({ offset, fate }) => `${offset} ${fate === 'bug' ? 'bug' : 'no'}`);
        expect(buried.map(([offset, code]) => `${offset} ${code}`).sort()).toEqual(offending.sort());
        expect(handled).toEqual({ kind: 'done', buried: offending.length });
      }),
      { seed: 20260, numRuns: 200 },
    );
  });

  it('leaves everything for later when a dependency is away, and buries nothing for it', async () => {
    const { buried, ports } = world();
    const away = new DependencyDown('postgres', 'gone');
    expect(
      await handleChunk([{ offset: '0', fate: 'good' }], { ...ports, handle: () => Promise.reject(away) }),
    ).toEqual({ kind: 'down', error: away });
    expect(buried).toEqual([]);
  });

  it('skips nothing when dead letters cannot be written', async () => {
    const { ports } = world('away');
    expect(await handleChunk([{ offset: '0', fate: 'refused' }], ports)).toMatchObject({ kind: 'down' });
    expect(await handleChunk([{ offset: '0', fate: 'bug' }], ports)).toMatchObject({ kind: 'down' });
  });

  it('tries a failure that goes away by itself up to three times before it looks for an offender', async () => {
    const { applied, buried, ports } = world();
    let failures = 0;
    const flaky: Handling<Fated> = {
      ...ports,
      handle: (records) => ((failures += 1) < 3 ? Promise.reject(new Error('once')) : ports.handle(records)),
    };
    await handleChunk(
      [
        { offset: '0', fate: 'good' },
        { offset: '1', fate: 'good' },
      ],
      flaky,
    );
    expect(applied).toEqual(['0', '1']);
    expect(buried).toEqual([]);
  });

  it('tries contention again in place, and waits when it does not end', async () => {
    const { applied, ports } = world();
    const deadlock = Object.assign(new Error('deadlock'), { code: '40P01' });
    let met = 0;
    const busy = (times: number): Handling<Fated> => ({
      ...ports,
      handle: (records) => ((met += 1) <= times ? Promise.reject(deadlock) : ports.handle(records)),
    });
    expect(await handleChunk([{ offset: '0', fate: 'good' }], busy(3))).toEqual({ kind: 'done', buried: 0 });
    expect(applied).toEqual(['0']);
    expect(await handleChunk([{ offset: '1', fate: 'good' }], busy(Infinity))).toEqual({
      kind: 'down',
      error: deadlock,
    });
  });

  it('takes a refusal that names no record of the chunk for a bug', async () => {
    const { buried, ports } = world();
    const strange = new RefusedRecords([
      { record: { offset: '99' } as IncomingRecord, code: 'no', message: 'not here' },
    ]);
    await handleChunk([{ offset: '0', fate: 'good' }], { ...ports, handle: () => Promise.reject(strange) });
    expect(buried).toEqual([['0', 'bug']]);
  });
});
