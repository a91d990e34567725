// The policies in force, in memory: which bandits run, and which have run.
import { DependencyDown } from '@weir/bus';
import { type OutcomeJoined, type PolicyPublished } from '@weir/contracts';
import { banditStages, placeId, type BanditStage, type Place } from './domain/bandit-stage';
import { type Stages } from './ports';

export interface Patience {
  /** Milliseconds of a clock that never jumps. */
  readonly steadyMs: () => number;
  /** How long an outcome waits for the policy that its prediction was decided by. */
  readonly longestWaitMs: number;
}

export class FollowPolicy {
  private readonly policies = new Map<string, PolicyPublished>();
  private readonly stages = new Map<string, BanditStage>();
  /** By model and epoch: when it was first missed. */
  private readonly missedSince = new Map<string, number>();
  private unkept = new Set<string>();

  constructor(
    private readonly kept: Stages,
    private readonly patience: Patience,
  ) {}

  /** What was known before this process began. */
  async restore(): Promise<void> {
    for (const stage of await this.kept.all()) this.stages.set(placeId(stage), stage);
  }

  /** The newest of a model stands. */
  follow(policy: PolicyPublished): void {
    const held = this.policies.get(policy.model);
    if (held && held.revision >= policy.revision) return;
    this.policies.set(policy.model, policy);
    this.missedSince.clear();
    for (const stage of banditStages(policy)) {
      this.stages.set(placeId(stage), stage);
      this.unkept.add(placeId(stage));
    }
  }

  /**
   * A bandit that began is a new epoch: an outcome of an epoch that is not known yet may be its first.
   * @throws DependencyDown while that policy may still come.
   */
  await(events: readonly OutcomeJoined[]): void {
    const missing = new Set(
      events.filter((event) => this.isAwaited(event)).map(({ model, epoch }) => `${model} ${epoch}`),
    );
    if (missing.size > 0)
      throw new DependencyDown('policy-published', `awaiting epoch ${[...missing].slice(0, 5).join(', ')}`);
  }

  /** Of an outcome's place; undefined where no bandit is known. */
  stageOf(place: Place): BanditStage | undefined {
    return this.stages.get(placeId(place));
  }

  /** Of a rollout, running or not, in their order. */
  stagesOf(rollout: string): readonly BanditStage[] {
    const own = [...this.stages.values()].filter((stage) => stage.rollout === rollout);
    return own.sort((a, b) => a.attempt - b.attempt || a.stage - b.stage);
  }

  running(): readonly BanditStage[] {
    return [...this.policies.values()].filter(({ state }) => state === 'active').flatMap(banditStages);
  }

  /** Stages not in the database yet, which must be there before anything is learnt. */
  async keepStages(): Promise<void> {
    if (this.unkept.size === 0) return;
    const keeping = this.unkept;
    await this.kept.keep([...keeping].flatMap((id) => this.stages.get(id) ?? []));
    this.unkept = new Set([...this.unkept].filter((id) => !keeping.has(id)));
  }

  private isAwaited({ model, rollout, epoch }: OutcomeJoined): boolean {
    if (rollout === undefined || epoch <= (this.policies.get(model)?.epoch ?? 0)) return false;
    const key = `${model} ${epoch}`;
    const since = this.missedSince.get(key) ?? this.patience.steadyMs();
    this.missedSince.set(key, since);
    return this.patience.steadyMs() - since < this.patience.longestWaitMs;
  }
}
