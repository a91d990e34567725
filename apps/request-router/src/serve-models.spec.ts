// Which policy is in force, and what becomes of the instances when it changes.
import { FakeModelServer, VersionServers } from '@weir/open-inference';
import { buildPolicy, buildSlice } from '@weir/testing';
import { ServeModels } from './serve-models';

function serving() {
  const fakes: FakeModelServer[] = [];
  const open = (url: string): FakeModelServer => {
    const fake = new FakeModelServer(url);
    fakes.push(fake);
    return fake;
  };
  const models = new ServeModels(({ server }) => new VersionServers(server, { open, timing: { intervalMs: 60_000 } }));
  return { models, fakes };
}

const instance = (url: string, state: 'in-service' | 'draining' | 'out' = 'in-service') => ({ url, state });

describe('the policies in force', () => {
  it('are of the greatest revision, whatever the order in which they come', () => {
    const { models } = serving();
    expect(models.accept(buildPolicy({ revision: 5 }), 'disk').kind).toBe('applied');
    expect(models.accept(buildPolicy({ revision: 4 }), 'live').kind).toBe('stale');
    expect(models.inForce()).toEqual({ spam: { revision: 5, source: 'disk' } });
    expect(models.accept(buildPolicy({ revision: 5 }), 'live').kind).toBe('known');
    expect(models.inForce()).toEqual({ spam: { revision: 5, source: 'live' } });
    expect(models.accept(buildPolicy({ revision: 6, slices: [buildSlice()] }), 'live').kind).toBe('applied');
    expect(models.find('spam')?.snapshot.revision).toBe(6);
    expect(models.revisions()).toEqual([
      { model: 'spam', revision: 6, source: 'live', publishedMs: Date.parse(buildPolicy().publishedAt) },
    ]);
  });

  it('stay when a new one cannot be served by', () => {
    const { models } = serving();
    models.accept(buildPolicy(), 'live');
    const broken = buildPolicy({ revision: 2, slices: [buildSlice({ arms: { v1: 5_000, v9: 5_000 } })] });
    expect(models.accept(broken, 'live')).toMatchObject({
      kind: 'unusable',
      problem: expect.stringContaining('v9') as string,
    });
    expect(models.find('spam')?.policy.revision).toBe(1);
    expect(models.accept(buildPolicy({ revision: 3 }), 'live').kind).toBe('applied');
  });

  it('forget a retired model but not its revision', () => {
    const { models, fakes } = serving();
    models.accept(buildPolicy(), 'live');
    models.accept(buildPolicy({ revision: 2, state: 'retired' }), 'live');
    expect(models.find('spam')).toBeUndefined();
    expect(models.accept(buildPolicy({ revision: 1 }), 'live').kind).toBe('stale');
    expect(models.inForce()).toEqual({ spam: { revision: 2, source: 'live' } });
    expect(models.revisions()).toEqual([]);
    expect(fakes).toHaveLength(2);
    models.accept(buildPolicy({ revision: 3 }), 'live');
    expect(models.find('spam')?.versions.get('v1')?.servers.size).toBe(1);
  });

  it('keep the connections of an instance that stays, and serve by those in service only', () => {
    const { models, fakes } = serving();
    const v1 = { modelName: 'spam', instances: [instance('http://a'), instance('http://b')] };
    models.accept(buildPolicy({ versions: { v1 } }), 'live');
    const changed = {
      modelName: 'spam',
      instances: [instance('http://a'), instance('http://b', 'draining'), instance('http://c')],
    };
    models.accept(buildPolicy({ revision: 2, versions: { v1: changed } }), 'live');
    expect(fakes.map(({ url }) => url)).toEqual(['http://a', 'http://b', 'http://c']);
    expect(models.find('spam')?.versions.get('v1')?.servers.size).toBe(2);
  });

  it('open a version anew whose names on the server change', () => {
    const { models, fakes } = serving();
    models.accept(buildPolicy({ versions: { v1: { modelName: 'a', instances: [instance('http://a')] } } }), 'live');
    const renamed = { modelName: 'a', modelVersion: '2', instances: [instance('http://a')] };
    models.accept(buildPolicy({ revision: 2, versions: { v1: renamed } }), 'live');
    expect(fakes).toHaveLength(2);
    expect(models.find('spam')?.versions.get('v1')?.inferPath).toBe('/v2/models/a/versions/2/infer');
  });
});
