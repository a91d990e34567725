// What the router says about its policy, and when.
import { type PolicyApplied } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { AnnouncePolicy } from './announce-policy';

function announcing(everyMs = 60_000) {
  const sent: PolicyApplied[] = [];
  const failures: unknown[] = [];
  let revision: number | undefined = 1;
  let send: () => Promise<void> = () => Promise.resolve();
  const announcements = new AnnouncePolicy(
    'router-1',
    {
      inForce: () => (revision === undefined ? undefined : { spam: { revision, source: 'live' } }),
      send: async (event) => {
        await send();
        sent.push(event);
      },
      nowMs: () => 0,
      failed: (error) => failures.push(error),
    },
    everyMs,
  );
  return {
    announcements,
    sent,
    failures,
    apply: (next: number | undefined) => (revision = next),
    sendBy: (next: () => Promise<void>) => (send = next),
  };
}

describe('announcing the policy', () => {
  it('says at the start, at every change and every so often which revision is in force', async () => {
    const { announcements, sent, apply } = announcing(20);
    announcements.start();
    await eventually(() => sent.length >= 3);
    apply(2);
    announcements.announce();
    await eventually(() => sent.at(-1)?.models['spam']?.revision === 2);
    await announcements.stop();
    expect(sent.at(-1)).toEqual({
      router: 'router-1',
      models: { spam: { revision: 2, source: 'live' } },
      state: 'stopping',
      at: '1970-01-01T00:00:00.000Z',
    });
    const count = sent.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(sent).toHaveLength(count);
  });

  it('makes one announcement of many changes while one is under way', async () => {
    const { announcements, sent, apply, sendBy } = announcing();
    let release: () => void = () => undefined;
    sendBy(() => new Promise((resolve) => (release = resolve)));
    announcements.start();
    for (let revision = 2; revision < 50; revision++) {
      apply(revision);
      announcements.announce();
    }
    sendBy(() => Promise.resolve());
    release();
    await eventually(() => sent.length === 2);
    expect(sent[1]?.models['spam']?.revision).toBe(49);
    await announcements.stop();
  });

  it('says nothing while nobody serves, and that it stops all the same', async () => {
    const { announcements, sent, apply } = announcing();
    apply(undefined);
    announcements.start();
    apply(3);
    announcements.announce();
    await eventually(() => sent.length === 1);
    apply(undefined);
    announcements.announce();
    await announcements.stop();
    apply(4);
    announcements.announce();
    expect(sent.map(({ state, models }) => [state, models])).toEqual([
      ['serving', { spam: { revision: 3, source: 'live' } }],
      ['stopping', {}],
    ]);
  });

  it('goes on when Kafka is away, and does not let a stop wait for it', async () => {
    const { announcements, failures, sendBy } = announcing();
    sendBy(() => Promise.reject(new Error('away')));
    announcements.start();
    await eventually(() => failures.length === 1);
    sendBy(() => new Promise(() => undefined));
    const startMs = performance.now();
    await announcements.stop(50);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});
