// From the topic into force and onto the disk, and back at the next start.
import { policyPublished, type PolicyPublished } from '@weir/contracts';
import { buildPolicy } from '@weir/testing';
import { FollowPolicy, type LastKnownGood } from './follow-policy';
import { ServeModels } from './serve-models';

class MemoryDisk implements LastKnownGood {
  readonly files = new Map<string, Buffer>();
  load(): Promise<readonly Buffer[]> {
    return Promise.resolve([...this.files.values()]);
  }
  save(name: string, bytes: Buffer): void {
    this.files.set(name, bytes);
  }
}

const noServers = () => ({
  size: 0,
  ready: false,
  problem: 'no instance is ready',
  full: false,
  states: () => ({ ready: 0, unready: 0, open: 0 }),
  call: () => Promise.reject(new Error('not in this spec')),
  pick: () => undefined,
  serve: () => undefined,
  close: () => Promise.resolve(),
});

function follow(disk = new MemoryDisk()) {
  const models = new ServeModels(noServers);
  const told: string[] = [];
  const policies = new FollowPolicy(models, disk, policyPublished.decode, {
    applied: ({ revision }, source) => told.push(`applied ${revision} ${source}`),
    unusable: ({ revision }) => told.push(`unusable ${revision}`),
    undecodable: () => told.push('undecodable'),
  });
  const publish = (policy: PolicyPublished): void =>
    policies.publish(policy, Buffer.from(policyPublished.encode(policy)));
  return { models, policies, disk, told, publish };
}

describe('following the policy', () => {
  it('is ready when the topic was read to its end, even when there was nothing in it', () => {
    const { policies } = follow();
    expect(policies.readiness()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('no policy yet') as string,
    });
    policies.settle();
    expect(policies.readiness()).toEqual({ ok: true });
  });

  it('serves from the disk at the next start, without anything of the topic, and is ready by that', async () => {
    const before = follow();
    before.publish(buildPolicy({ revision: 3 }));
    before.publish(buildPolicy({ revision: 2 }));
    before.publish(buildPolicy({ revision: 4, model: 'other' }));
    const after = follow(before.disk);
    await after.policies.restore();
    expect(after.models.inForce()).toEqual({
      spam: { revision: 3, source: 'disk' },
      other: { revision: 4, source: 'disk' },
    });
    expect(after.policies.readiness()).toEqual({ ok: true });
    after.publish(buildPolicy({ revision: 3 }));
    expect(after.models.inForce()['spam']).toEqual({ revision: 3, source: 'live' });
  });

  it('passes over what it cannot read on the disk', async () => {
    const disk = new MemoryDisk();
    disk.save('a', Buffer.from('{}'));
    disk.save('b', Buffer.from(policyPublished.encode(buildPolicy())));
    const { policies, models, told } = follow(disk);
    await policies.restore();
    expect(models.find('spam')).toBeDefined();
    expect(told).toEqual(['undecodable', 'applied 1 disk']);
  });

  it('tells its listeners of every change, and nobody of what is stale', () => {
    const { policies, publish, disk } = follow();
    let changes = 0;
    policies.onChange(() => changes++);
    publish(buildPolicy({ revision: 2 }));
    publish(buildPolicy({ revision: 1 }));
    expect(changes).toBe(1);
    publish(buildPolicy({ revision: 3, stable: 'v9' }));
    expect(changes).toBe(1);
    expect(policyPublished.decode(disk.files.get('spam') ?? '').revision).toBe(2);
  });
});
