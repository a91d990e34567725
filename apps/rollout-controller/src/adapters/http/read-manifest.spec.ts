// The whole grammar of manifests, as its page shows it, read into what Weir works with.
import { modelManifest, rolloutManifest } from '@weir/contracts';
import { checkRollout } from '../../domain/check-rollout';
import { planGuardrails } from '../../domain/guardrail-plans';
import { chainOf, modelOf } from '../../domain/rollout.fixture';
import { readManifest } from './read-manifest';

const model = `
kind: Model
name: spam-filter
protocol: open-inference            # or raw
timeout: 2s
stable: v1
versions:
  v1: { instances: ["http://127.0.0.1:9101"] }
  v2: { instances: ["http://127.0.0.1:9102"], modelName: spam-filter-v2, modelVersion: "1" }
metrics:
  correct: { type: truth,   output: label, direction: up, within: 10m, missing: ignore }
  clicked: { type: binary,  direction: up, per: prediction, within: 10m, missing: zero }
  revenue: { type: numeric, direction: up, per: unit,       within: 7d,  missing: zero, combine: sum }
  label:   { type: output,  output: label }
capture: { bodies: auto, maxBytes: 64KiB, redact: [] }
`;

const rollout = `
kind: Rollout
model: spam-filter
name: spam-filter
candidates: [v2]
slice: { from: 0%, to: 100% }
promotionError: 0.05
alpha: 0.01
onSpecChange: restart
stages:
  - shadow:    { sample: 100%, minPairs: 500, duration: 10m, onInconclusive: extend, maxDuration: 1h, compare: { outputs: { label: exact, score: { absolute: 1e-3, relative: 1e-2 } }, agreement: 0.98 } }
  - canary:    { steps: [5%, 10%, 20%, 30%, 50%], every: 5m, advance: time, maxStep: 24h, minUnits: 100, when: { region: [eu] },
                 guardrails: [ { metric: error-rate, margin: 1.2 }, { metric: latency-p95, margin: 1.3 }, { metric: correct, margin: 0.02, must: pass } ] }
  - ab:        { arms: { v1: 50%, v2: 50% }, when: { region: [eu, us], unit: { list: beta-testers } }, metric: correct, minimumEffect: 0.01, alpha: 0.05, maxDuration: 14d, decide: auto }
  - bandit:    { algorithm: thompson, metric: correct, update: 10s, floor: 2%, halfLife: 1d, assign: prediction, stopAtRemainingValue: 0.01 }
  - blueGreen: { preview: 10m, bake: 10m, keepBlue: 1h, guardrails: [ { metric: error-rate, margin: 2 } ], approve: false }
`;

const around = {
  model: modelOf({}, { metrics: { correct: { type: 'truth', output: 'label', within: '10m' } } }),
  lists: ['beta-testers'],
  egress: { profile: 'local', allow: [] },
} as const;

it('reads a model as the page writes it', () => {
  expect(readManifest(model, 'yaml', modelManifest)).toEqual({
    name: 'spam-filter',
    protocol: 'open-inference',
    timeoutMs: 2_000,
    stable: 'v1',
    versions: {
      v1: { instances: ['http://127.0.0.1:9101'] },
      v2: { instances: ['http://127.0.0.1:9102'], modelName: 'spam-filter-v2', modelVersion: '1' },
    },
    metrics: {
      correct: {
        type: 'truth',
        output: 'label',
        direction: 'up',
        per: 'prediction',
        withinMs: 600_000,
        missing: 'ignore',
      },
      clicked: {
        type: 'binary',
        direction: 'up',
        per: 'prediction',
        withinMs: 600_000,
        missing: 'zero',
        combine: 'last',
      },
      revenue: {
        type: 'numeric',
        direction: 'up',
        per: 'unit',
        withinMs: 604_800_000,
        missing: 'zero',
        combine: 'sum',
      },
      label: { type: 'output', output: 'label', direction: 'up' },
    },
    capture: { bodies: 'auto', maxBytes: 65_536, redact: [] },
  });
});

it('reads a rollout of these kinds of stage, and finds nothing wrong with it', () => {
  const spec = readManifest(rollout, 'yaml', rolloutManifest);
  expect(spec.stages.map(({ kind }) => kind)).toEqual(['shadow', 'canary', 'ab', 'bandit', 'blueGreen']);
  const checked = checkRollout(spec, around);
  expect(checked).toMatchObject({ ok: true });
});

it('makes the margins explicit: a ratio for errors and latency, absolute otherwise', () => {
  const checked = checkRollout(readManifest(rollout, 'yaml', rolloutManifest), around);
  const canary = checked.ok ? checked.spec.stages[1] : undefined;
  expect(canary?.guardrails).toEqual([
    { metric: 'error-rate', margin: { ratio: 1.2 } },
    { metric: 'latency-p95', margin: { ratio: 1.3 } },
    { metric: 'correct', margin: { absolute: 0.02 }, must: 'pass' },
  ]);
});

it.each([
  'updater: { repository: {} }',
  'updater: { webhook: { url: "http://127.0.0.1:1/hook" } }',
  'updater: { manual: {} }',
])('reads rolling with %s', (updater) => {
  const text = `{ model: m, candidates: [v2], stages: [{ rolling: { batch: 1, maxUnavailable: 1, minReady: 10s, ${updater}, deadline: 10m } }] }`;
  expect(readManifest(text, 'yaml', rolloutManifest).stages).toMatchObject([
    { kind: 'rolling', batch: 1, minReadyMs: 10_000, deadlineMs: 600_000 },
  ]);
});

it('fills in what is left out', () => {
  const spec = readManifest(
    '{"model": "m", "candidates": ["v2"], "stages": [{"canary": {}}]}',
    'json',
    rolloutManifest,
  );
  expect(spec).toEqual({
    model: 'm',
    name: 'm',
    candidates: ['v2'],
    slice: { from: 0, to: 10_000 },
    promotionError: 0.05,
    alpha: 0.01,
    onSpecChange: 'restart',
    stages: [
      {
        kind: 'canary',
        steps: [500, 1_000, 2_000, 3_000].map((weightBps) => ({ weightBps })),
        everyMs: 300_000,
        advance: 'time',
        maxStepMs: 86_400_000,
        onInconclusive: 'pause',
        minUnits: 100,
        guardrails: [],
      },
    ],
  });
});

it('reads a step with its own hold', () => {
  const text =
    '{ model: m, candidates: [v2], stages: [{ canary: { steps: [0.25%, { weight: 10%, hold: 60s }, { weight: 20%, hold: manual }] } }] }';
  expect(readManifest(text, 'yaml', rolloutManifest).stages).toMatchObject([
    { steps: [{ weightBps: 25 }, { weightBps: 1_000, holdMs: 60_000 }, { weightBps: 2_000, hold: 'manual' }] },
  ]);
});

describe('a ratio', () => {
  const metrics = {
    revenue: { type: 'numeric', within: '1m' },
    views: { type: 'numeric', within: '1m' },
    correct: { type: 'truth', output: 'label', within: '1m' },
    'per-view': { type: 'ratio', numerator: 'revenue', denominator: 'views', direction: 'down' },
    'right-per-view': { type: 'ratio', numerator: 'correct', denominator: 'views' },
  };
  const check = (stage: object, manifest: object = {}) =>
    checkRollout(chainOf([stage]), { ...around, model: modelOf({}, { metrics, ...manifest }) });
  const guarded = (metric: string, margin: object | number = 0.1) => ({ guardrails: [{ metric, margin }] });
  const arms = { v1: '50%', v2: '50%' };

  it('is a goal and a guardrail, with an absolute or a relative margin', () => {
    for (const margin of [0.1, { absolute: 2 }, { relative: 0.05 }])
      expect(check({ canary: { steps: ['5%'], ...guarded('per-view', margin) } })).toMatchObject({ ok: true });
    const ab = { arms, metric: 'per-view', minimumEffect: 2, metrics: ['right-per-view'], ...guarded('per-view') };
    expect(check({ ab })).toMatchObject({
      ok: true,
      spec: { stages: [{ guardrails: [{ margin: { absolute: 0.1 } }] }] },
    });
  });

  it('is held to no ratio of itself, needs the answers that its parts are read from, and is none of a shadow', () => {
    expect(check({ canary: { steps: ['5%'], ...guarded('per-view', { ratio: 1.2 }) } })).toMatchObject({
      problems: [{ path: 'stages[0].canary.guardrails[0].margin' }],
    });
    const never = { capture: { bodies: 'never' } };
    expect(check({ canary: { steps: ['5%'], ...guarded('right-per-view') } }, never)).toMatchObject({
      problems: [
        { path: 'stages[0].canary.guardrails[0].metric', message: expect.stringContaining('answer') as string },
      ],
    });
    expect(check({ ab: { arms, metric: 'right-per-view', minimumEffect: 0.1 } }, never)).toMatchObject({
      problems: [{ path: 'stages[0].ab.metric' }],
    });
    expect(check({ canary: { steps: ['5%'], ...guarded('per-view') } }, never)).toMatchObject({ ok: true });
    expect(check({ shadow: guarded('per-view') })).toMatchObject({
      problems: [{ path: 'stages[0].shadow.guardrails[0].metric' }],
    });
  });

  it('is tested as a mean is, in its own direction', () => {
    const spec = chainOf([
      { canary: { steps: ['5%'], guardrails: [{ metric: 'per-view', margin: { absolute: 0.1 } }] } },
    ]);
    const [planned] = planGuardrails(spec, 'v1', modelOf({}, { metrics }).manifest);
    expect(planned?.plan.test).toEqual({
      ...{ kind: 'numeric', metric: 'per-view', direction: 'down', margin: { absolute: 0.1 } },
    });
  });
});

describe('a version that may not be called twice', () => {
  const versions = {
    v1: { instances: ['http://127.0.0.1:9101'], shadowSafe: false },
    v2: { instances: ['http://127.0.0.1:9102'], shadowSafe: false },
    v3: { instances: ['http://127.0.0.1:9103'], shadowSafe: true },
  };
  const check = (candidates: string[], stage: object, manifest: object = {}) =>
    checkRollout(
      rolloutManifest.parse({ model: 'spam-filter', candidates, stages: [{ canary: { steps: ['5%'] } }, stage] }),
      {
        ...around,
        model: modelOf({}, { versions, ...manifest }),
      },
    );

  it('is not shadowed: the rollout names it and the stage', () => {
    expect(check(['v2'], { shadow: {} })).toEqual({
      ok: false,
      problems: [
        { path: 'candidates[0]', message: 'v2 declares shadowSafe: false, and stages[1].shadow would call it' },
      ],
    });
    expect(check(['v3'], { shadow: {} })).toMatchObject({ ok: true }); // stable is not called a second time
    expect(check(['v2'], { canary: { steps: ['10%'] } })).toMatchObject({ ok: true });
  });

  it('is not the only obstacle: without captured bodies there is nothing to compare', () => {
    const answer = check(['v3'], { shadow: {} }, { capture: { bodies: 'never' } });
    expect(answer).toMatchObject({ ok: false, problems: [{ path: 'stages[1].shadow' }] });
  });
});
