// A model is declared, or declared anew: stable stays where rollouts have put it, and nothing that serves may vanish.
import { type ModelManifest, type Problem } from '@weir/contracts';
import { shadowObstacles } from './domain/check-shadow';
import { checkWhen } from './domain/check-when';
import { egressProblem, type EgressRule } from './domain/egress';
import { goalsOf } from './domain/experiment-plans';
import { isWarm, type Model } from './domain/model';
import { fleetOf, isLive, type Rollout } from './domain/rollout';
import { type Caller, type Chance, type Clock, type Tx } from './ports';
import { publishPolicy } from './publish-policy';
import { requireReleased } from './require-released';
import { invalid, Refused, refusedShadow } from './refusals';

export interface PutAnswer {
  readonly model: Model;
  readonly created: boolean;
  /** Fields of the manifest that were read and not followed. */
  readonly ignored: readonly string[];
}

export class PutModel {
  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
    private readonly egress: EgressRule,
  ) {}

  /** @throws Refused 400 invalid-manifest; 409 version-in-use, metric-in-use, shadow-refused. */
  async put(tx: Tx, name: string, manifest: ModelManifest, caller: Caller): Promise<PutAnswer> {
    this.requireSound(name, manifest);
    requireTargets(manifest, Object.keys(await tx.models.lists(name)));
    const held = await tx.models.lock(name);
    const now = this.clock.now();
    const present = held?.state === 'active' ? held : undefined;
    const targets = manifest.targets ?? present?.targets ?? [];
    if (present) {
      requireUnused({ ...present, targets }, manifest, (await tx.rollouts.liveOf(name)).filter(isLive));
      await requireReleased(tx, present, manifest);
    }
    const model: Model = present
      ? { ...present, manifest, targets, updatedAt: now }
      : this.create(name, manifest, held, now);
    await tx.models.save(model);
    const action = present ? 'put-model' : 'create-model';
    await tx.audit.add({ ...blank, model: name, at: now, actor: caller.name, action, reason: 'manifest' });
    await publishPolicy(tx, model, now);
    const ignored = manifest.stable !== undefined && manifest.stable !== model.stable ? ['stable'] : [];
    return { model, created: !present, ignored };
  }

  private requireSound(name: string, manifest: ModelManifest): void {
    const another: Problem[] =
      manifest.name !== undefined && manifest.name !== name
        ? [{ path: 'name', message: `is not the ${name} of the path` }]
        : [];
    const hostile = Object.entries(manifest.versions).flatMap(([version, { instances }]) =>
      instances.flatMap((url, index) => {
        const problem = egressProblem(url, this.egress);
        return problem ? [{ path: `versions.${version}.instances[${index}]`, message: problem }] : [];
      }),
    );
    if (another.length + hostile.length > 0) throw invalid('invalid-manifest', [...another, ...hostile]);
  }

  /** A model that was deleted comes back with its salt, and its policy's revision goes on. */
  private create(name: string, manifest: ModelManifest, retired: Model | undefined, now: string): Model {
    const [only, ...others] = Object.keys(manifest.versions);
    const stable = manifest.stable ?? (others.length === 0 ? only : undefined);
    if (stable === undefined)
      throw invalid('invalid-manifest', [
        { path: 'stable', message: 'is needed to create a model of several versions' },
      ]);
    const model: Model = {
      name,
      manifest,
      stable,
      stableHistory: [],
      targets: manifest.targets ?? [],
      salt: retired?.salt ?? this.chance.salt(),
      state: 'active',
      createdAt: now,
      updatedAt: now,
    };
    if (!isWarm(model, stable))
      throw invalid('invalid-manifest', [
        { path: `versions.${stable}.instances`, message: 'stable needs an instance' },
      ]);
    return model;
  }
}

const blank = { rollout: null, from: null, to: null, revision: null };

/** Whoever gets a version without a rollout gets one that can answer. */
function requireTargets({ versions, targets = [], overrides = {} }: ModelManifest, lists: readonly string[]): void {
  const cold = (version: string, path: string): Problem[] =>
    versions[version]?.instances.length === 0 ? [{ path, message: `${version} declares no instances` }] : [];
  const problems = [
    ...targets.flatMap(({ when, version }, index) => [
      ...cold(version, `targets[${index}].version`),
      ...checkWhen(when, `targets[${index}]`, { lists }),
    ]),
    ...Object.entries(overrides).flatMap(([unit, version]) => cold(version, `overrides.${unit}`)),
  ];
  if (problems.length > 0) throw invalid('invalid-manifest', problems);
}

/** What serves, or is measured, by a live rollout stays declared until the rollout has ended. */
function requireUnused(model: Model, manifest: ModelManifest, live: readonly Rollout[]): void {
  const serving = new Set([model.stable, ...model.targets.map(({ version }) => version), ...live.flatMap(versionsOf)]);
  const gone = [...serving].filter((version) => !isWarm({ ...model, manifest }, version) && isWarm(model, version));
  if (gone.length > 0)
    throw new Refused(
      'version-in-use',
      `${gone.join(', ')} must stay declared with instances while in use`,
      gone.map((version) => ({ path: `versions.${version}`, message: 'is in use' })),
    );
  requireFleet(model, manifest, live);
  const measured = new Set(live.flatMap(({ spec }) => spec.stages.flatMap(metricsOf)));
  const lost = [...measured].filter((metric) => isLost(metric, model.manifest, manifest));
  if (lost.length > 0)
    throw new Refused(
      'metric-in-use',
      `${lost.join(', ')} is measured by a live rollout`,
      lost.map((metric) => ({ path: `metrics.${metric}`, message: 'is in use' })),
    );
  const shadowed = live.flatMap((rollout) => shadowObstacles(rollout, manifest));
  if (shadowed.length > 0) throw refusedShadow(shadowed);
}

/** While a rolling update moves instances, it alone says whose they are. */
function requireFleet({ manifest: before }: Model, after: ModelManifest, live: readonly Rollout[]): void {
  for (const rollout of live.filter((each) => fleetOf(each) !== undefined))
    for (const version of [rollout.baseline, ...rollout.spec.candidates]) {
      const urls = (manifest: ModelManifest) => (manifest.versions[version]?.instances ?? []).join(' ');
      if (urls(before) === urls(after)) continue;
      const path = `versions.${version}.instances`;
      throw new Refused('version-in-use', `${rollout.name} (${rollout.id}) is moving the instances of ${version}`, [
        { path, message: 'is being moved by a rolling update' },
      ]);
    }
}

/** What was a metric and is a ratio now is lost too: it counts something else. */
function isLost(metric: string, before: ModelManifest, after: ModelManifest): boolean {
  const kinds = [
    [before.metrics, after.metrics],
    [before.ratios ?? {}, after.ratios ?? {}],
  ] as const;
  return kinds.some(([was, is]) => Object.hasOwn(was, metric) && !Object.hasOwn(is, metric));
}

function versionsOf({ baseline, spec }: Rollout): string[] {
  return [baseline, ...spec.candidates, ...Object.values(spec.overrides ?? {})];
}

function metricsOf(stage: Rollout['spec']['stages'][number]): string[] {
  const guarded = stage.guardrails.flatMap((guardrail) => ('metric' in guardrail ? [guardrail.metric] : []));
  if (stage.kind === 'ab') return [...goalsOf(stage).map(({ metric }) => metric), ...guarded];
  return 'metric' in stage ? [stage.metric, ...guarded] : guarded;
}
