// Policies and keys from the process that keeps them to the workers, and back what is in force.
import { keyPublished, policyPublished, type PolicyPublished } from '@weir/contracts';
import { MemoryKeyRing } from '@weir/service';
import { buildKeyPublished, buildPolicy, eventually } from '@weir/testing';
import { FollowKeys } from '../../follow-keys';
import { FollowPolicy, keepsNothing } from '../../follow-policy';
import { ServeModels, type PolicySource } from '../../serve-models';
import { Peer } from './peer';
import { portPair } from './port-pair.fixture';
import { SupplyWorkers } from './supply-workers';
import { takeSupply } from './take-supply';

const noServers = () => ({
  size: 0,
  ready: false,
  problem: undefined,
  full: false,
  states: () => ({ ready: 0, unready: 0, open: 0 }),
  pick: () => undefined,
  call: () => Promise.reject(new Error('nobody')),
  serve: () => undefined,
  close: () => Promise.resolve(),
});
const silent = { applied: () => undefined, unusable: () => undefined, undecodable: () => undefined };
const follower = () => {
  const models = new ServeModels(noServers);
  return { models, policies: new FollowPolicy(models, keepsNothing, policyPublished.decode, silent) };
};

function primary() {
  const { models, policies } = follower();
  const said: unknown[] = [];
  const supply = new SupplyWorkers(
    () => models.inForce(),
    () => said.push(supply.inForce()),
  );
  policies.onChange((...taken) => supply.policy(...taken));
  const publish = (policy: PolicyPublished, source: PolicySource = 'live') =>
    policies.receive(Buffer.from(JSON.stringify(policy)), source);
  return { supply, publish, said };
}

function join(supply: SupplyWorkers) {
  const [here, there] = portPair();
  const { models, policies } = follower();
  const ring = new MemoryKeyRing();
  const keys = new FollowKeys(ring);
  const worker = { models, policies, ring, keys, peer: new Peer(here), serves: false };
  void takeSupply(new Peer(there), policies, keys, () => models.inForce()).then(() => (worker.serves = true));
  supply.join(worker.peer);
  return worker;
}

const spam = (revision: number) => buildPolicy({ model: 'spam', revision });

describe('supplying workers', () => {
  it('passes on what is there and what comes, with where it is from, and counts the least of those that serve', async () => {
    const { supply, publish, said } = primary();
    publish(spam(3), 'disk');
    const first = join(supply);
    await eventually(() => first.serves);
    expect(supply.inForce()).toEqual({ spam: { revision: 3, source: 'disk' } });
    expect(first.policies.readiness().ok).toBe(true);
    publish(spam(4));
    await eventually(() => first.models.inForce()['spam']?.revision === 4);
    const second = join(supply);
    await eventually(() => second.serves);
    expect(second.models.inForce()).toEqual({ spam: { revision: 4, source: 'live' } });
    expect(said.at(-1)).toEqual({ spam: { revision: 4, source: 'live' } });
  });

  it('does not say a revision before every serving worker has it', async () => {
    const { supply, publish } = primary();
    const workers = [join(supply), join(supply)];
    await eventually(() => workers.every(({ serves }) => serves));
    const slow = workers[1];
    const accept = slow?.models.accept.bind(slow.models);
    if (slow) slow.models.accept = () => ({ kind: 'stale' }); // as one whose loop is busy
    publish(spam(5));
    await eventually(() => workers[0]?.models.inForce()['spam']?.revision === 5);
    expect(supply.inForce()).toEqual({});
    if (slow && accept) slow.models.accept = accept;
    publish(spam(6));
    await eventually(() => supply.inForce()?.['spam']?.revision === 6);
  });

  it('never says less than before because a worker joins, and nothing while nobody serves', async () => {
    const { supply, publish, said } = primary();
    expect(supply.inForce()).toBeUndefined();
    publish(spam(1));
    const first = join(supply);
    await eventually(() => first.serves);
    said.length = 0;
    const second = join(supply);
    for (let revision = 2; revision < 30; revision++) {
      publish(spam(revision));
      if (revision % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => second.serves && supply.inForce()?.['spam']?.revision === 29);
    const revisions = said.map((one) => (one as { spam: { revision: number } }).spam.revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    supply.leave(first.peer);
    supply.leave(second.peer);
    expect(supply.inForce()).toBeUndefined();
  });

  it('passes on keys, those of before and those revoked since', async () => {
    const { supply } = primary();
    const key = buildKeyPublished({ role: 'producer' });
    const pass = (some: object) => {
      const bytes = Buffer.from(JSON.stringify({ ...key, ...some }));
      supply.key(keyPublished.decode(bytes), bytes);
    };
    pass({});
    const worker = join(supply);
    await eventually(() => worker.serves);
    expect(await worker.ring.find(key.id)).toMatchObject({ role: 'producer' });
    expect(worker.keys.readiness().ok).toBe(true);
    pass({ state: 'revoked' });
    await eventually(async () => (await worker.ring.find(key.id))?.state === 'revoked');
  });

  it('tells a worker without policies and keys when the topics have been read', async () => {
    const { supply } = primary();
    const worker = join(supply);
    await eventually(() => worker.serves);
    expect([worker.policies.readiness().ok, worker.keys.readiness().ok]).toEqual([false, false]);
    supply.settle('policies');
    supply.settle('keys');
    await eventually(() => worker.policies.readiness().ok && worker.keys.readiness().ok);
    const later = join(supply);
    await eventually(() => later.policies.readiness().ok && later.keys.readiness().ok);
  });
});
