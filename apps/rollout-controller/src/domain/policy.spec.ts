// The document that routers serve by, and when its revision and epoch ascend.
import { policyPublished, type PolicyPublished } from '@weir/contracts';
import { chainOf, modelOf, noon, later, place, rolloutOf, stateOf } from './rollout.fixture';
import { nextPolicy } from './policy';
import { withStable, withTarget, previousStable, rolledBackTo } from './model';

const running = rolloutOf(stateOf('running', place(0, 0)));
const next = (
  previous: PolicyPublished | undefined,
  ...rest: Parameters<typeof nextPolicy> extends [unknown, ...infer R] ? R : never
) => nextPolicy(previous, ...rest);
const first = next(undefined, modelOf(), [], {}, noon) as PolicyPublished;
const begun = next(first, modelOf(), [running], {}, noon) as PolicyPublished;

describe('a policy', () => {
  it('is what its contract says', () => {
    expect(() => policyPublished.encode(begun)).not.toThrow();
  });

  it('gives all to stable where no rollout runs', () => {
    expect(first).toMatchObject({ revision: 1, epoch: 1, stable: 'v1', slices: [], publishedAt: noon });
  });

  it('names each version’s name on its server: its own, or the model’s', () => {
    expect(first.versions).toMatchObject({
      v1: { modelName: 'spam-filter', instances: [{ url: 'http://127.0.0.1:9101', state: 'in-service' }] },
      v2: { modelName: 'spam-filter-v2', modelVersion: '1' },
    });
  });

  it('names the secret that a version’s servers ask for, and leaves it out where they ask for none', () => {
    const model = modelOf();
    const { v2 } = model.manifest.versions;
    const auth = { header: 'authorization', secretRef: 'spam-v2' };
    const versions = { ...model.manifest.versions, ...(v2 && { v2: { ...v2, auth } }) };
    const policy = next(first, { ...model, manifest: { ...model.manifest, versions } }, [], {}, noon);
    expect(policy).toMatchObject({ revision: 2, epoch: 1, versions: { v2: { auth } } });
    expect(policy?.versions['v1']).not.toHaveProperty('auth');
  });

  it('carries a running rollout as a slice with its weights and its own salt', () => {
    expect(begun).toMatchObject({
      revision: 2,
      epoch: 2,
      slices: [
        {
          rollout: 'rollout-1',
          from: 0,
          to: 10_000,
          epoch: 2,
          salt: 'r-salt',
          arms: { v1: 9_500, v2: 500 },
          kind: 'canary',
        },
      ],
    });
  });

  it.each(['pending', 'queued', 'rolling-back', 'rolled-back', 'completed', 'superseded'] as const)(
    'carries no slice of a rollout that is %s',
    (phase) => expect(next(begun, modelOf(), [rolloutOf(stateOf(phase))], {}, noon)?.slices).toEqual([]),
  );

  it('holds only the lists that somebody names', () => {
    const spec = {
      ...running.spec,
      stages: running.spec.stages.map((stage) => ({ ...stage, when: { unit: { list: 'beta' } } })),
    };
    const policy = next(first, modelOf(), [{ ...running, spec }], { beta: ['u1'], staff: ['u2'] }, noon);
    expect(policy?.lists).toEqual({ beta: ['u1'] });
  });
});

describe('the revision', () => {
  it('stays where nothing differs, whatever the order of the keys', () => {
    const reordered = JSON.parse(JSON.stringify(begun, Object.keys(flat(begun)).sort())) as PolicyPublished;
    expect(next(reordered, modelOf(), [running], {}, later(5_000))).toBeUndefined();
  });

  it('stays when a rollout is paused: the weights stay', () => {
    expect(next(begun, modelOf(), [rolloutOf(stateOf('paused'))], {}, noon)).toBeUndefined();
  });

  it('ascends with an instance, and the epoch does not', () => {
    const model = modelOf(
      {},
      { versions: { v1: { instances: ['http://127.0.0.1:9999'] }, v2: { instances: ['http://127.0.0.1:9102'] } } },
    );
    expect(next(begun, model, [running], {}, noon)).toMatchObject({ revision: 3, epoch: 2, slices: [{ epoch: 2 }] });
  });
});

describe('the epoch', () => {
  it('ascends with the weights', () => {
    const promoted = rolloutOf(stateOf('running', place(0, 1)));
    expect(next(begun, modelOf(), [promoted], {}, noon)).toMatchObject({
      epoch: 3,
      slices: [{ epoch: 3, arms: { v1: 9_000, v2: 1_000 } }],
    });
  });

  it('of a slice stays while another slice changes', () => {
    const half = { ...running, spec: { ...running.spec, slice: { from: 0, to: 5_000 } } };
    const other = rolloutOf(stateOf('running'), {
      id: 'rollout-2',
      name: 'other',
      spec: { ...running.spec, slice: { from: 5_000, to: 10_000 } },
    });
    const one = next(first, modelOf(), [half], {}, noon);
    const two = next(one, modelOf(), [half, other], {}, noon);
    expect(two).toMatchObject({
      epoch: 3,
      slices: [
        { rollout: 'rollout-1', epoch: 2 },
        { rollout: 'rollout-2', epoch: 3 },
      ],
    });
  });

  it('ascends when a rollout ends', () =>
    expect(next(begun, modelOf(), [], {}, noon)).toMatchObject({ epoch: 3, slices: [] }));
  it('ascends when stable moves', () =>
    expect(next(first, modelOf({ stable: 'v2' }), [], {}, noon)).toMatchObject({ epoch: 2, stable: 'v2' }));
  it('ascends when the model is retired, and the document says so', () =>
    expect(next(begun, modelOf({ state: 'retired' }), [], {}, noon)).toMatchObject({
      epoch: 3,
      state: 'retired',
      slices: [],
    }));
});

describe('capture', () => {
  const truth = { correct: { type: 'truth', output: 'label', within: '1m' } };
  const clicks = { clicked: { type: 'binary', within: '1m' } };
  it.each([
    ['auto', truth, false, true],
    ['auto', clicks, false, false],
    ['auto', { tokens: { type: 'output', output: 'tokens' } }, false, true],
    ['always', clicks, true, true],
    ['never', truth, false, false],
  ])('bodies %s with %j: request %s, response %s', (bodies, metrics, request, response) => {
    const policy = next(undefined, modelOf({}, { metrics, capture: { bodies } }), [], {}, noon);
    expect(policy?.capture).toMatchObject({ request, response });
  });
});

describe('a model', () => {
  it('remembers what was stable before, and a second rollback goes further back', () => {
    const model = withStable(withStable(modelOf(), 'v2'), 'v3');
    expect(previousStable(model)).toBe('v2');
    const back = rolledBackTo(model, 'v2');
    expect([back.stable, previousStable(back)]).toEqual(['v2', 'v1']);
    expect(previousStable(rolledBackTo(back, 'v1'))).toBeUndefined();
  });

  it('passes over a version that is declared no more', () => {
    expect(previousStable(modelOf({ stable: 'v3', stableHistory: ['v1', 'gone'] }))).toBe('v1');
  });

  it('puts a new target first and replaces the one of the same segment', () => {
    const one = withTarget(modelOf(), { when: { region: 'eu', device: 'ios' }, version: 'v2' });
    const two = withTarget(one, { when: { region: 'us' }, version: 'v2' });
    const three = withTarget(two, { when: { device: 'ios', region: 'eu' }, version: 'v3' });
    expect(three.targets.map(({ version }) => version)).toEqual(['v3', 'v2']);
  });
});

function flat(value: object): Record<string, true> {
  return Object.entries(value).reduce<Record<string, true>>(
    (keys, [key, inner]) => ({
      ...keys,
      [key]: true,
      ...(typeof inner === 'object' && inner !== null ? flat(inner as object) : {}),
    }),
    {},
  );
}

describe('a policy of a shadow stage', () => {
  const spec = chainOf([{ shadow: { sample: '20%', pace: 'live' } }, { canary: { steps: ['5%'] } }]);
  const shadowed = rolloutOf(stateOf('running', place(0, 0)), { spec });
  const policy = next(first, modelOf(), [shadowed], {}, noon) as PolicyPublished;

  it('leaves all traffic with stable, names the shadow, its sample and its pace, and captures what it will be asked', () => {
    expect(policy.slices).toMatchObject([
      {
        kind: 'shadow',
        baseline: 'v1',
        arms: { v1: 10_000, v2: 0 },
        shadows: [{ version: 'v2', sampleBps: 2_000 }],
        spec: { pace: 'live', sampleBps: 2_000 },
      },
    ]);
    expect(policy.capture).toMatchObject({ request: true, response: true });
    expect(() => policyPublished.encode(policy)).not.toThrow();
  });

  it('names every candidate as a shadow', () => {
    const both = rolloutOf(stateOf('running'), { spec: chainOf([{ shadow: {} }], { candidates: ['v2', 'v3'] }) });
    const [slice] = next(first, modelOf(), [both], {}, noon)?.slices ?? [];
    expect(slice).toMatchObject({ arms: { v1: 10_000, v2: 0, v3: 0 } });
    expect(slice?.shadows).toEqual(['v2', 'v3'].map((version) => ({ version, sampleBps: 10_000 })));
  });

  it('goes on naming the shadow while a person has paused the stage', () => {
    const paused = rolloutOf(stateOf('paused', place(0, 0)), { spec });
    expect(next(policy, modelOf(), [paused], {}, noon)).toBeUndefined();
  });

  it.each([
    ['the stage after it', stateOf('running', place(1, 0))],
    ['a rollback', stateOf('rolling-back', place(0, 0))],
    ['the end', stateOf('completed', place(0, 0))],
    ['a newer submission', stateOf('superseded', place(0, 0))],
  ])('names no shadow after %s', (_what, state) => {
    const after = next(policy, modelOf(), [rolloutOf(state, { spec })], {}, noon);
    expect(after?.slices.flatMap(({ shadows }) => shadows)).toEqual([]);
    expect(after?.capture).toMatchObject({ request: false });
  });

  it('captures nothing where the model never does', () => {
    const never = modelOf({}, { capture: { bodies: 'never' } });
    expect(next(first, never, [shadowed], {}, noon)?.capture).toMatchObject({ request: false, response: false });
  });
});
