// What is known of green's instances: each asked, twice before one that was ready is not.
import { FixedClock } from '@weir/testing';
import { chainOf, modelOf, place, rolloutOf, stateOf } from './domain/rollout.fixture';
import { type Store } from './ports';
import { WatchGreen } from './watch-green';

const spec = chainOf([{ blueGreen: {} }]);
const rollout = rolloutOf(stateOf('running', place(0, 0)), { spec });
const urls = ['http://127.0.0.1:9101', 'dns+http://green:9102'];

function watchOf() {
  const clock = new FixedClock('2026-11-24T12:00:00.000Z');
  const model = modelOf({}, { versions: { v1: { instances: ['http://127.0.0.1:9100'] }, v2: { instances: urls } } });
  const store = { read: { models: { find: () => Promise.resolve(model) } } } as unknown as Pick<Store, 'read'>;
  const bad = new Set<string>();
  const asked: string[] = [];
  const ready = (url: string, { version }: { version: string }) => {
    asked.push(`${url} ${version}`);
    return Promise.resolve({ good: !bad.has(url), detail: 'it answers 503' });
  };
  return { watch: new WatchGreen(store, { ready }, { now: clock.iso }), bad, asked, clock };
}

it('knows nothing before it has asked, and then says what is new', async () => {
  const { watch, asked } = watchOf();
  expect(watch.of(rollout.id)).toBeUndefined();
  expect(await watch.ask(rollout)).toBe(true);
  expect(watch.of(rollout.id)).toEqual([]);
  expect(await watch.ask(rollout)).toBe(false);
  expect(asked.slice(0, 2)).toEqual(['http://127.0.0.1:9101 v2', 'http://green:9102 v2']);
});

it('takes one asking that was lost for nothing, and two for an instance that is not ready', async () => {
  const { watch, bad } = watchOf();
  await watch.ask(rollout);
  bad.add('http://127.0.0.1:9101');
  expect(await watch.ask(rollout)).toBe(false);
  expect(await watch.ask(rollout)).toBe(true);
  expect(watch.of(rollout.id)).toEqual(['http://127.0.0.1:9101 is not ready: it answers 503']);
});

it('does not wait for a second asking where an instance has never been ready', async () => {
  const { watch, bad } = watchOf();
  bad.add('http://green:9102');
  await watch.ask(rollout);
  expect(watch.of(rollout.id)).toEqual(['dns+http://green:9102 is not ready: it answers 503']);
});

it('says nothing by what was heard long ago, and forgets what is not at a blue-green', async () => {
  const { watch, clock } = watchOf();
  await watch.ask(rollout);
  clock.advance(31_000);
  expect(watch.of(rollout.id)).toBeUndefined();
  await watch.ask(rollout);
  expect(await watch.ask({ ...rollout, state: stateOf('completed') })).toBe(false);
  expect(watch.of(rollout.id)).toBeUndefined();
});
