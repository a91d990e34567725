// What is to be in force for a model, from its manifest and its live rollouts; revision and epoch from what was in force before.
import { type PolicyPublished, type PolicySlice, type Stage, type When } from '@weir/contracts';
import { same } from './canonical';
import { type Model } from './model';
import { listedAs, servingOf, type Fleet } from './fleet';
import { mirroredAt } from './mirrored';
import { fleetOf, formOf, isReturning, serves, weightsOf, type Place, type Rollout } from './rollout';

export type Lists = Readonly<Record<string, readonly string[]>>;

type Draft = Omit<PolicyPublished, 'revision' | 'epoch' | 'publishedAt' | 'slices'> & {
  slices: Omit<PolicySlice, 'epoch'>[];
};

/** The next document, or undefined where nothing in it differs from the one in force. */
export function nextPolicy(
  previous: PolicyPublished | undefined,
  model: Model,
  rollouts: readonly Rollout[],
  lists: Lists,
  now: string,
): PolicyPublished | undefined {
  const draft = policyOf(model, rollouts, lists);
  const epochs = assignEpochs(previous, draft);
  const body = { ...draft, ...epochs };
  if (previous && same({ ...body, revision: 0, publishedAt: '' }, { ...previous, revision: 0, publishedAt: '' }))
    return undefined;
  return { ...body, revision: (previous?.revision ?? 0) + 1, publishedAt: now };
}

export function policyOf(model: Model, rollouts: readonly Rollout[], lists: Lists): Draft {
  const { manifest } = model;
  const active = model.state === 'active';
  const slices = active ? rollouts.flatMap(sliceOf).sort((a, b) => a.from - b.from) : [];
  const fleet = active ? rollouts.flatMap((each) => fleetOf(each) ?? [])[0] : undefined;
  const targets = active ? model.targets.map(({ when, version }) => ({ when, version })) : [];
  return {
    model: model.name,
    state: model.state,
    protocol: manifest.protocol,
    timeoutMs: manifest.timeoutMs,
    stable: stableOf(model, rollouts, fleet),
    versions: versionsOf(model, fleet),
    salt: model.salt,
    metrics: manifest.metrics,
    ...(manifest.ratios && { ratios: manifest.ratios }),
    capture: captureOf(model, slices),
    slices,
    targets,
    ...forced(model, active ? rollouts : []),
    lists: namedLists([...slices.map(({ when }) => when), ...targets.map(({ when }) => when)], lists),
  };
}

/** Of the model, and of its rollouts that serve, which go before. */
function forced({ manifest }: Model, rollouts: readonly Rollout[]): Pick<PolicyPublished, 'overrides' | 'holdoutBps'> {
  const own = rollouts.filter(({ state }) => serves(state)).map(({ spec }) => spec.overrides ?? {});
  const overrides = Object.assign({}, manifest.overrides, ...own) as Record<string, string>;
  return {
    ...(Object.keys(overrides).length > 0 && { overrides }),
    ...(manifest.holdout && { holdoutBps: manifest.holdout }),
  };
}

function sliceOf(rollout: Rollout): Omit<PolicySlice, 'epoch'>[] {
  const { spec, state } = rollout;
  if (!serves(state) && !isReturning(state)) return [];
  const stage = spec.stages[state.at.stage];
  if (!stage) return [];
  const form = formOf(rollout);
  return [
    {
      rollout: rollout.id,
      attempt: state.attempt,
      name: rollout.name,
      stage: state.at.stage,
      kind: stage.kind,
      step: state.at.step,
      from: spec.slice.from,
      to: spec.slice.to,
      salt: rollout.salt,
      baseline: rollout.baseline,
      arms: weightsOf(rollout),
      ...(form && { context: form }),
      assign: 'assign' in stage ? stage.assign : 'unit',
      ...('when' in stage && stage.when ? { when: stage.when } : {}),
      shadows: shadowsOf(spec, state.at),
      period: { base: state.at.periodBase, startedAt: state.at.startedAt },
      windowMs: windowMsOf(stage),
      // an ab stage has an alpha of its own
      spec: {
        ...{ alpha: spec.alpha, promotionError: spec.promotionError, ...stage },
        ...(stage.kind === 'blueGreen' && mirroredAt(spec, state.at)),
        ...(state.at.continues && { continues: state.at.continues }),
      },
    },
  ];
}

/** A guardrail is to be heard at once; an experiment alone has time. */
function windowMsOf({ kind, guardrails }: Stage): number {
  return kind === 'ab' && guardrails.length === 0 ? 10_000 : 1_000;
}

/** Asked beside stable, each of its own sample. */
function shadowsOf(spec: Rollout['spec'], at: Place): PolicySlice['shadows'] {
  const mirrored = mirroredAt(spec, at);
  return mirrored ? spec.candidates.map((version) => ({ version, sampleBps: mirrored.sampleBps })) : [];
}

/** Those that no slice has get stable: while a rolling update has left it nobody, its candidate. */
function stableOf({ stable }: Model, rollouts: readonly Rollout[], fleet: Fleet | undefined): string {
  const moving = rollouts.find((each) => fleet !== undefined && fleetOf(each) === fleet);
  const [candidate] = moving?.spec.candidates ?? [];
  if (!fleet || candidate === undefined || fleet.baseline !== stable || servingOf(fleet, stable) > 0) return stable;
  return fleet.own + servingOf(fleet, candidate) === 0 ? stable : candidate;
}

function versionsOf({ name, manifest }: Model, fleet: Fleet | undefined): PolicyPublished['versions'] {
  const instancesOf = (version: string, declared: readonly string[]) => [
    ...declared
      .filter((url) => fleet?.instances.some((moved) => moved.url === url) !== true)
      .map((url) => ({ url, state: 'in-service' as const })),
    ...(fleet ? listedAs(fleet, version) : []),
  ];
  return Object.fromEntries(
    Object.entries(manifest.versions).map(([version, { instances, modelName, modelVersion, auth }]) => [
      version,
      {
        modelName: modelName ?? name,
        ...(modelVersion === undefined ? {} : { modelVersion }),
        instances: instancesOf(version, instances),
        ...(auth ? { auth } : {}),
      },
    ]),
  );
}

/** What is judged by the answer needs the answer; a shadow and a warm-up need the request as well. */
function captureOf({ manifest: { capture, metrics } }: Model, slices: Draft['slices']): PolicyPublished['capture'] {
  const { bodies, maxBytes, redact } = capture;
  const judged = Object.values(metrics).some(({ type }) => type === 'truth' || type === 'output');
  const shadowed = slices.some(({ shadows }) => shadows.length > 0);
  const warmed = slices.some(({ spec }) => Number(spec['warmup'] ?? 0) > 0);
  return {
    request: bodies === 'always' || (bodies === 'auto' && (shadowed || warmed)),
    response: bodies === 'always' || (bodies === 'auto' && (judged || shadowed)),
    maxBytes,
    redact,
  };
}

/** The lists that a `when` names. */
export function listsOf(when: When | undefined): string[] {
  return Object.values(when ?? {}).flatMap((condition) =>
    typeof condition === 'object' && 'list' in condition ? [condition.list] : [],
  );
}

function namedLists(conditions: readonly (When | undefined)[], lists: Lists): Record<string, string[]> {
  const named = [...new Set(conditions.flatMap(listsOf))].sort();
  return Object.fromEntries(named.map((list) => [list, [...(lists[list] ?? [])]]));
}

/** A slice keeps its epoch as long as its weights and eligible arms stay; any change of them anywhere is the model's next epoch. */
function assignEpochs(previous: PolicyPublished | undefined, draft: Draft): { epoch: number; slices: PolicySlice[] } {
  const present = previous?.epoch ?? 0;
  const before = new Map(previous?.slices.map((slice) => [slice.rollout, slice]));
  const kept = draft.slices.map((slice) => {
    const held = before.get(slice.rollout);
    return held && same(eligibility(slice), eligibility(held)) ? held.epoch : undefined;
  });
  const changed =
    previous === undefined ||
    kept.includes(undefined) ||
    kept.length !== previous.slices.length ||
    !same(certainly(previous), certainly(draft));
  const epoch = changed ? present + 1 : present;
  return { epoch, slices: draft.slices.map((slice, index) => ({ ...slice, epoch: kept[index] ?? epoch })) };
}

/** What gives units a version without a slice, and which units slices do not get. */
function certainly({ state, stable, targets, overrides, holdoutBps }: Omit<Draft, 'slices'>): unknown {
  return { state, stable, targets, overrides, holdoutBps };
}

function eligibility({ from, to, salt, baseline, arms, context, assign, when }: Omit<PolicySlice, 'epoch'>): unknown {
  return { from, to, salt, baseline, arms, context, assign, when };
}
