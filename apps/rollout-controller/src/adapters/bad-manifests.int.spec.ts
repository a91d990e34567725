// Manifests that are wrong: each is a 400 that names exactly the paths at fault, and nothing is stored.
import { RealControllers } from './real-controller.fixture';

const v = { v1: { instances: ['http://127.0.0.1:9101'] } };
const model = (changes: object): object => ({ name: 'm', stable: 'v1', versions: v, ...changes });
const instance = (url: unknown): object => model({ versions: { v1: { instances: [url] } } });
const metric = (definition: object): object => model({ metrics: { x: definition } });

const withAuth = (header: string, secretRef: string): object =>
  model({ versions: { v1: { ...v.v1, auth: { header, secretRef } } } });
const inPlace = ['versions.v1.auth.secretRef', 'versions.v1.auth.value'];

const models: [fault: string, body: unknown, ...paths: string[]][] = [
  ['not an object', 'just text', ''],
  ['not YAML', 'versions: [', ''],
  ['two documents', 'name: m\n---\nname: m', ''],
  ['too many aliases', `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [${'*b,'.repeat(50)}*b]`, ''],
  [
    'a field that is there twice',
    'stable: v1\nstable: v1\nversions: { v1: { instances: ["http://127.0.0.1:1"] } }',
    'stable',
  ],
  ['a version that is there twice', 'versions: { v1: {}, v1: {} }', 'versions.v1'],
  ['an unknown field', model({ colour: 'red' }), 'colour'],
  ['another kind', model({ kind: 'Rollout' }), 'kind'],
  ['another name than the path’s', model({ name: 'other' }), 'name'],
  ['an unknown protocol', model({ protocol: 'grpc' }), 'protocol'],
  ['a timeout without a unit', model({ timeout: 2 }), 'timeout'],
  ['a negative timeout', model({ timeout: '-2s' }), 'timeout'],
  ['a timeout of two hours', model({ timeout: '2h' }), 'timeout'],
  ['no versions', model({ versions: {} }), 'versions'],
  ['no versions field', { name: 'm', stable: 'v1' }, 'versions'],
  ['a stable that is no version', model({ stable: 'v9' }), 'stable'],
  ['a stable that is a reserved name', model({ stable: '__proto__' }), 'stable'],
  ['no stable among several versions', { versions: { ...v, v2: {} } }, 'stable'],
  ['a stable without instances', model({ versions: { v1: {} } }), 'versions.v1.instances'],
  [
    'a version named __proto__',
    'stable: v1\nversions: { v1: { instances: ["http://127.0.0.1:1"] }, __proto__: {} }',
    'versions.__proto__',
  ],
  ['a version named constructor', model({ versions: { ...v, constructor: {} } }), 'versions.constructor'],
  ['a version name with a slash', model({ versions: { ...v, 'v/2': {} } }), 'versions.v/2'],
  ['an unknown field of a version', model({ versions: { v1: { ...v.v1, replicas: 2 } } }), 'versions.v1.replicas'],
  [
    'a modelName with a path in it',
    model({ versions: { v1: { ...v.v1, modelName: '../admin' } } }),
    'versions.v1.modelName',
  ],
  ['an instance that is no URL', instance('models'), 'versions.v1.instances[0]'],
  ['an instance of another scheme', instance('file:///etc/passwd'), 'versions.v1.instances[0]'],
  ['an instance with credentials', instance('http://a:b@models'), 'versions.v1.instances[0]'],
  ['an instance with a query', instance('http://models?x'), 'versions.v1.instances[0]'],
  ['the metadata service', instance('http://169.254.169.254/latest'), 'versions.v1.instances[0]'],
  ['the metadata service in IPv6 clothes', instance('http://[::ffff:169.254.169.254]'), 'versions.v1.instances[0]'],
  ['the metadata service as a number', instance('http://2852039166'), 'versions.v1.instances[0]'],
  ['an unspecified address', instance('http://0.0.0.0:9101'), 'versions.v1.instances[0]'],
  ['a name to follow that is an address', instance('dns+http://10.0.0.1:9101'), 'versions.v1.instances[0]'],
  ['a name to follow that is the metadata service', instance('dns+http://metadata'), 'versions.v1.instances[0]'],
  ['a name to follow with credentials', instance('dns+http://a:b@models'), 'versions.v1.instances[0]'],
  ['a secret in place', model({ versions: { v1: { ...v.v1, auth: { header: 'x-key', value: 's' } } } }), ...inPlace],
  ['a secret in a header of HTTP’s own', withAuth('Content-Length', 'key'), 'versions.v1.auth.header'],
  ['a secret in a header of Weir’s own', withAuth('x-weir-unit', 'key'), 'versions.v1.auth.header'],
  ['a secret in a header that is none', withAuth('x key\r\n', 'key'), 'versions.v1.auth.header'],
  ['a secret by a path', withAuth('x-key', '../../etc/passwd'), 'versions.v1.auth.secretRef'],
  ['one server as two versions', model({ versions: { ...v, v2: v.v1 } }), 'versions.v2.instances[0]'],
  [
    'one server twice',
    model({ versions: { v1: { instances: ['http://127.0.0.1:9101', 'http://127.0.0.1:9101/'] } } }),
    'versions.v1.instances[1]',
  ],
  ['a metric of an unknown type', metric({ type: 'gauge' }), 'metrics.x.type'],
  ['a metric without within', metric({ type: 'binary' }), 'metrics.x.within'],
  ['a metric with both output and from', metric({ type: 'output', output: 'a', from: '$.a' }), 'metrics.x'],
  ['truth without an output', metric({ type: 'truth', within: '1m' }), 'metrics.x.output'],
  ['bounds that cross', metric({ type: 'numeric', within: '1m', bounds: { min: 1, max: 0 } }), 'metrics.x.bounds.max'],
  ['a direction sideways', metric({ type: 'binary', within: '1m', direction: 'sideways' }), 'metrics.x.direction'],
  [
    'a built-in metric declared',
    model({ metrics: { 'error-rate': { type: 'binary', within: '1m' } } }),
    'metrics.error-rate',
  ],
  ['a capture that is too large', model({ capture: { maxBytes: '1GiB' } }), 'capture.maxBytes'],
  ['a holdout of most', model({ holdout: '60%' }), 'holdout'],
  ['an override to nobody', model({ overrides: { qa: 'v9' } }), 'overrides.qa'],
  ['a target that is nobody', model({ targets: [{ when: { region: 'eu' }, version: 'v9' }] }), 'targets[0].version'],
  [
    'a target for a list that is not there',
    model({ targets: [{ when: { unit: { list: 'x' } }, version: 'v1' }] }),
    'targets[0].when.unit.list',
  ],
  ['an unknown field of capture', model({ capture: { headers: true } }), 'capture.headers'],
];

const rollout = (changes: object): object => ({
  model: 'known',
  candidates: ['v2'],
  stages: [{ canary: {} }],
  ...changes,
});
const canary = (changes: object): object => rollout({ stages: [{ canary: changes }] });
const ab = (changes: object): object =>
  rollout({ stages: [{ ab: { arms: { v1: '50%', v2: '50%' }, metric: 'correct', minimumEffect: 0.01, ...changes } }] });
const bandit = (changes: object): object => rollout({ stages: [{ bandit: { metric: 'correct', ...changes } }] });
const guard = (...guardrails: object[]): object => canary({ guardrails });
const at = 'stages[0].canary';

const rollouts: [fault: string, body: unknown, ...paths: string[]][] = [
  ['an unknown model', rollout({ model: 'unknown' }), 'model'],
  ['no stages', rollout({ stages: [] }), 'stages'],
  ['no candidates', rollout({ candidates: [] }), 'candidates'],
  ['an unknown field', rollout({ speed: 'fast' }), 'speed'],
  ['an unknown version', rollout({ candidates: ['v9'] }), 'candidates[0]'],
  ['the stable as candidate', rollout({ candidates: ['v1'] }), 'candidates[0]'],
  ['a candidate twice', rollout({ candidates: ['v2', 'v2'] }), 'candidates[1]'],
  ['two candidates in a canary', rollout({ candidates: ['v2', 'v3'] }), 'candidates'],
  ['a candidate without instances', rollout({ candidates: ['cold'] }), 'candidates[0]'],
  ['a hostile name', rollout({ name: '__proto__' }), 'name'],
  ['a slice that ends before it begins', rollout({ slice: { from: '50%', to: '10%' } }), 'slice.to'],
  ['a slice beyond the end', rollout({ slice: { from: '0%', to: '120%' } }), 'slice.to'],
  ['an alpha of 1', rollout({ alpha: 1 }), 'alpha'],
  ['an unknown onSpecChange', rollout({ onSpecChange: 'ignore' }), 'onSpecChange'],
  ['an unknown kind of stage', rollout({ stages: [{ magic: {} }] }), 'stages[0].magic', 'stages[0]'],
  ['two kinds in one stage', rollout({ stages: [{ canary: {}, shadow: {} }] }), 'stages[0]'],
  ['a stage of nothing', rollout({ stages: [{ canary: {} }, {}] }), 'stages[1]'],
  ['a step above half', canary({ steps: ['5%', '10%', '60%'] }), `${at}.steps[2]`],
  ['a step above half as an object', canary({ steps: [{ weight: '51%' }] }), `${at}.steps[0].weight`],
  ['a step of nothing', canary({ steps: ['0%'] }), `${at}.steps[0]`],
  ['a step that is a number', canary({ steps: [5] }), `${at}.steps[0]`],
  ['a step that is no share', canary({ steps: ['5'] }), `${at}.steps[0]`],
  ['steps that fall', canary({ steps: ['10%', '5%'] }), `${at}.steps[1]`],
  ['steps that stand', canary({ steps: ['10%', '10%'] }), `${at}.steps[1]`],
  ['no steps', canary({ steps: [] }), `${at}.steps`],
  ['an unknown field of a step', canary({ steps: [{ weight: '5%', until: 'noon' }] }), `${at}.steps[0].until`],
  ['a hold that is no duration', canary({ steps: [{ weight: '5%', hold: 'long' }] }), `${at}.steps[0].hold`],
  ['a negative duration', canary({ every: '-5m' }), `${at}.every`],
  ['a duration of nothing', canary({ every: '0s' }), `${at}.every`],
  ['a longest step shorter than a step', canary({ every: '2h', maxStep: '1h' }), `${at}.maxStep`],
  ['minUnits below nothing', canary({ minUnits: -1 }), `${at}.minUnits`],
  ['evidence without a guardrail', canary({ advance: 'evidence' }), `${at}.guardrails`],
  ['a guardrail on an unknown metric', guard({ metric: 'clicks', margin: 0.1 }), `${at}.guardrails[0].metric`],
  ['a percentile nobody keeps', guard({ metric: 'latency-p90', margin: 1.2 }), `${at}.guardrails[0].metric`],
  [
    'a metric guarded twice',
    guard({ metric: 'error-rate', margin: 1.2 }, { metric: 'error-rate', margin: 1.3 }),
    `${at}.guardrails[1].metric`,
  ],
  ['a guardrail without a margin', guard({ metric: 'error-rate' }), `${at}.guardrails[0].margin`],
  ['a ratio below 1', guard({ metric: 'error-rate', margin: 0.9 }), `${at}.guardrails[0].margin`],
  [
    'an explicit ratio below 1',
    guard({ metric: 'error-rate', margin: { ratio: 0.9 } }),
    `${at}.guardrails[0].margin.ratio`,
  ],
  [
    'an absolute margin of errors',
    guard({ metric: 'error-rate', margin: { absolute: 0.1 } }),
    `${at}.guardrails[0].margin`,
  ],
  ['a ratio of a binary metric', guard({ metric: 'correct', margin: { ratio: 1.2 } }), `${at}.guardrails[0].margin`],
  ['a margin of 1 on a binary metric', guard({ metric: 'correct', margin: 1 }), `${at}.guardrails[0].margin`],
  [
    'an explicit margin above 1 on a binary metric',
    guard({ metric: 'clicked', margin: { absolute: 1.5 } }),
    `${at}.guardrails[0].margin`,
  ],
  ['a negative margin', guard({ metric: 'revenue', margin: -1 }), `${at}.guardrails[0].margin`],
  [
    'a margin of two kinds',
    guard({ metric: 'correct', margin: { absolute: 0.1, relative: 0.1 } }),
    `${at}.guardrails[0].margin.relative`,
  ],
  ['must: fail', guard({ metric: 'correct', margin: 0.1, must: 'fail' }), `${at}.guardrails[0].must`],
  [
    'a Prometheus on the metadata service',
    guard({ prometheus: { url: 'http://169.254.169.254', query: 'up', max: 1 } }),
    `${at}.guardrails[0].prometheus.url`,
  ],
  ['an attribute in capitals', canary({ when: { Region: 'eu' } }), `${at}.when.Region`],
  ['a when of nothing', canary({ when: {} }), `${at}.when`],
  ['a range that crosses', canary({ when: { age: { min: 2, max: 1 } } }), `${at}.when.age`],
  ['an unknown list', canary({ when: { unit: { list: 'nobody' } } }), `${at}.when.unit.list`],
  ['a list of another attribute', canary({ when: { region: { list: 'beta' } } }), `${at}.when.region.list`],
  ['arms that do not add up', ab({ arms: { v1: '50%', v2: '40%' } }), 'stages[0].ab.arms'],
  ['a single arm', ab({ arms: { v1: '100%' } }), 'stages[0].ab.arms'],
  ['an arm that is no candidate', ab({ arms: { v1: '50%', v2: '25%', v3: '25%' } }), 'stages[0].ab.arms.v3'],
  ['an unknown metric to decide by', ab({ metric: 'joy' }), 'stages[0].ab.metric'],
  ['an effect of nothing', ab({ minimumEffect: 0 }), 'stages[0].ab.minimumEffect'],
  ['an effect that no share can have', ab({ minimumEffect: 1 }), 'stages[0].ab.minimumEffect'],
  ['no effect to decide by', ab({ minimumEffect: undefined }), 'stages[0].ab.minimumEffect'],
  ['a stable without a share', ab({ arms: { v2: '50%', v3: '50%' } }), 'stages[0].ab.arms.v3', 'stages[0].ab.arms'],
  ['a second metric that is not there', ab({ metrics: ['latency', 'joy'] }), 'stages[0].ab.metrics[1].metric'],
  ['a metric twice', ab({ metrics: [{ metric: 'correct' }] }), 'stages[0].ab.metrics[0]'],
  ['an unknown way to assign', ab({ assign: 'mood' }), 'stages[0].ab.assign'],
  ['an unknown way to decide', ab({ decide: 'coin' }), 'stages[0].ab.decide'],
  ['a list that is not there, in an experiment', ab({ when: { unit: { list: 'x' } } }), 'stages[0].ab.when.unit.list'],
  ['an override to a version that is not there', rollout({ overrides: { qa: 'v9' } }), 'overrides.qa'],
  ['an unknown algorithm', bandit({ algorithm: 'greedy' }), 'stages[0].bandit.algorithm'],
  ['floors that leave nothing', bandit({ floor: '50%' }), 'stages[0].bandit.floor'],
  ['nothing to learn from', bandit({ metric: undefined }), 'stages[0].bandit.metric'],
  ['an unknown metric to learn from', bandit({ metric: 'joy' }), 'stages[0].bandit.metric'],
  ['a metric that no outcome tells of', bandit({ metric: 'error-rate' }), 'stages[0].bandit.metric'],
  ['a direction that is not the metric’s', bandit({ direction: 'down' }), 'stages[0].bandit.direction'],
  [
    'a share for a stranger',
    bandit({ arms: { v1: '50%', v9: '50%' } }),
    'stages[0].bandit.arms.v9',
    'stages[0].bandit.arms',
  ],
  ['shares that are too few', bandit({ arms: { v1: '50%', v2: '40%' } }), 'stages[0].bandit.arms'],
  ['a cap for a stranger', bandit({ caps: { v9: '50%' } }), 'stages[0].bandit.caps.v9'],
  ['caps that leave traffic over', bandit({ caps: { v1: '40%', v2: '40%' } }), 'stages[0].bandit.caps'],
  ['a cap below the floor', bandit({ caps: { v2: '1%' } }), 'stages[0].bandit.caps.v2'],
  ['no step at all', bandit({ maxChange: '0%' }), 'stages[0].bandit.maxChange'],
  ['an update too often', bandit({ update: '100ms' }), 'stages[0].bandit.update'],
  ['an update after no outcome', bandit({ updateOutcomes: 0 }), 'stages[0].bandit.updateOutcomes'],
  ['a half-life of nothing', bandit({ halfLife: '0s' }), 'stages[0].bandit.halfLife'],
  ['no stop at all', bandit({ stopAtRemainingValue: 0 }), 'stages[0].bandit.stopAtRemainingValue'],
  [
    'attributes that nobody learns from',
    bandit({ context: [{ attribute: 'a', values: ['b'] }] }),
    'stages[0].bandit.context',
  ],
  ['a context without attributes', bandit({ algorithm: 'square-cb' }), 'stages[0].bandit.context'],
  [
    'a range from nowhere',
    bandit({ algorithm: 'square-cb', context: [{ attribute: 'age', from: 9, to: 9 }] }),
    'stages[0].bandit.context[0].to',
  ],
  [
    'a list that is not there, in a bandit',
    bandit({ when: { unit: { list: 'x' } } }),
    'stages[0].bandit.when.unit.list',
  ],
  [
    'two updaters',
    rollout({ candidates: ['cold'], stages: [{ rolling: { updater: { manual: {}, repository: {} } } }] }),
    'stages[0].rolling.updater',
  ],
  [
    'a webhook on the metadata service',
    rollout({
      candidates: ['cold'],
      stages: [{ rolling: { updater: { webhook: { url: 'http://169.254.169.254' } } } }],
    }),
    'stages[0].rolling.updater.webhook.url',
  ],
  [
    'one name for two versions in a repository',
    rollout({ candidates: ['cold'], stages: [{ rolling: { updater: { repository: {} } } }] }),
    'stages[0].rolling.updater.repository',
  ],
  [
    'a rolling candidate with instances',
    rollout({ stages: [{ rolling: { updater: { manual: {} } } }] }),
    'candidates[0]',
  ],
  [
    'a rolling update that is not the last stage',
    rollout({ stages: [{ rolling: { updater: { manual: {} } } }, { canary: {} }] }),
    'stages[0].rolling',
  ],
  [
    'a rolling update of a part of the units',
    rollout({ candidates: ['cold'], slice: { to: '50%' }, stages: [{ rolling: { updater: { manual: {} } } }] }),
    'slice',
  ],
  [
    'a rolling update that a metric is to let on',
    rollout({
      candidates: ['cold'],
      stages: [
        {
          rolling: {
            updater: { manual: {} },
            guardrails: [{ metric: 'error-rate', margin: 1.2, must: 'pass' }],
          },
        },
      ],
    }),
    'stages[0].rolling.guardrails[0].must',
  ],
  [
    'a batch of no instances',
    rollout({ candidates: ['cold'], stages: [{ rolling: { batch: '0%', updater: { manual: {} } } }] }),
    'stages[0].rolling.batch',
  ],
  [
    'a blue-green that is not the last stage',
    rollout({ stages: [{ blueGreen: {} }, { canary: {} }] }),
    'stages[0].blueGreen',
  ],
  [
    'a preview that is longer than its longest',
    rollout({ stages: [{ blueGreen: { preview: '2m', maxPreview: '1m' } }] }),
    'stages[0].blueGreen.maxPreview',
  ],
  [
    'a mirror of nothing',
    rollout({ stages: [{ blueGreen: { mirror: { sample: '0%' } } }] }),
    'stages[0].blueGreen.mirror.sample',
  ],
  [
    'a bake that must show something, without blue beside it',
    rollout({ stages: [{ blueGreen: { guardrails: [{ metric: 'error-rate', margin: 1.2, must: 'pass' }] } }] }),
    'stages[0].blueGreen.guardrails[0].must',
  ],
  ['a control above half', rollout({ stages: [{ blueGreen: { control: '60%' } }] }), 'stages[0].blueGreen.control'],
  [
    'an agreement above 1',
    rollout({ stages: [{ shadow: { compare: { agreement: 1.1 } } }] }),
    'stages[0].shadow.compare.agreement',
  ],
  [
    'a comparison by nothing',
    rollout({ stages: [{ shadow: { compare: { outputs: { score: {} } } } }] }),
    'stages[0].shadow.compare.outputs.score',
  ],
  [
    'a limit on an output that has no rule',
    rollout({ stages: [{ shadow: { limits: { agreement: { label: 0.9 } } } }] }),
    'stages[0].shadow.limits.agreement.label',
  ],
  [
    'a mean difference of labels',
    rollout({
      stages: [{ shadow: { compare: { outputs: { label: 'label' } }, limits: { meanDifference: { label: 1 } } } }],
    }),
    'stages[0].shadow.limits.meanDifference.label',
  ],
  [
    'a shadow that is over before it has begun',
    rollout({ stages: [{ shadow: { duration: '10m', maxDuration: '5m' } }] }),
    'stages[0].shadow.maxDuration',
  ],
];

describe('manifests that are wrong', () => {
  let controllers: RealControllers;
  let before: unknown;

  const stored = async () => {
    const tables = ['model', 'rollout', 'policy', 'audit', 'stored_answer', 'model_list'];
    const counts = await Promise.all(tables.map((table) => controllers.rows(`select count(*) from ${table}`)));
    return [counts, await controllers.rows('select name, manifest, stable, updated_at from model')];
  };

  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
    const metrics = {
      correct: { type: 'truth', output: 'label', within: '30s' },
      clicked: { type: 'binary', within: '10m', missing: 'zero' },
      revenue: { type: 'numeric', within: '7d' },
    };
    const versions = {
      v1: { instances: ['http://127.0.0.1:9101', 'http://127.0.0.1:9100'] },
      v2: { instances: ['http://127.0.0.1:9102'] },
      v3: { instances: ['http://127.0.0.1:9103'] },
      cold: {},
    };
    const known = await controllers.call('PUT', '/api/v1/models/known', { stable: 'v1', versions, metrics });
    expect(known.status).toBe(201);
    expect((await controllers.call('PUT', '/api/v1/models/known/lists/beta', { units: ['u1'] })).status).toBe(200);
    before = await stored();
  });

  afterAll(() => controllers.stop());

  const paths = (body: { error: { details: { path: string }[] } }) => [
    ...new Set(body.error.details.map(({ path }) => path)),
  ];

  it.each(models)('a model with %s', async (_fault, body, ...expected) => {
    const answer = await controllers.call('PUT', '/api/v1/models/m', body, { headers: { 'idempotency-key': 'k' } });
    expect([answer.status, paths(answer.body)]).toEqual([400, expected]);
  });

  it.each(rollouts)('a rollout with %s', async (_fault, body, ...expected) => {
    const answer = await controllers.call('POST', '/api/v1/rollouts', body, { headers: { 'idempotency-key': 'k' } });
    expect([answer.status, paths(answer.body)]).toEqual([400, expected]);
  });

  it('a JSON body in which a field is there twice', async () => {
    const response = await fetch(`${controllers.url()}/api/v1/rollouts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${controllers.adminKey}`, 'content-type': 'application/json' },
      body: '{"model":"known","candidates":["v2"],"stages":[{"canary":{"minUnits":1,"minUnits":2}}]}',
    });
    expect([response.status, paths((await response.json()) as never)]).toEqual([400, ['stages[0].canary.minUnits']]);
  });

  it('all faults of one manifest are named at once', async () => {
    const answer = await controllers.call(
      'POST',
      '/api/v1/rollouts',
      canary({ every: '-1s', steps: ['60%'], colour: 'red' }),
    );
    expect(paths(answer.body).sort()).toEqual([`${at}.colour`, `${at}.every`, `${at}.steps[0]`]);
  });

  it('none of them has stored anything, or announced it', async () => {
    expect(await stored()).toEqual(before);
    expect(controllers.published.filter(({ model: name }) => name !== 'known')).toEqual([]);
  });

  it('a hostile URL is refused in the production profile, loopback included', async () => {
    const strict = await RealControllers.start(process.env, {
      extra: { WEIR_PROFILE: 'production', WEIR_EGRESS_ALLOW: 'models.internal' },
    });
    try {
      for (const url of ['http://127.0.0.1:9101', 'http://localhost:9101', 'http://10.0.0.1', 'http://elsewhere']) {
        const answer = await strict.call('PUT', '/api/v1/models/m', instance(url));
        expect([url, answer.status, paths(answer.body)]).toEqual([url, 400, ['versions.v1.instances[0]']]);
      }
      expect((await strict.call('PUT', '/api/v1/models/m', instance('http://models.internal:9000'))).status).toBe(201);
    } finally {
      await strict.stop();
    }
  });
});
