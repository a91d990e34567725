// The policies in force, in memory: which stages have shadows, and where the shadows are.
import { DependencyDown } from '@weir/bus';
import { type PolicyPublished } from '@weir/contracts';
import { judgeOf, type Judge } from './domain/comparison';
import { completed, placeId, shadowedStages, type Place } from './domain/shadowed-stage';
import { type Shadows, type Stages } from './ports';
import { type PredictionHead } from './seen-prediction';

export interface Patience {
  /** Milliseconds of a clock that never jumps. */
  readonly steadyMs: () => number;
  /** How long a record waits for the policy that it was decided by. A router has it from the topic that is read here. */
  readonly longestWaitMs: number;
}

export class FollowPolicy {
  private readonly policies = new Map<string, PolicyPublished>();
  private readonly judges = new Map<string, Judge>();
  /** By model and revision: when it was first missed. */
  private readonly missedSince = new Map<string, number>();
  private unkept = new Set<string>();

  constructor(
    private readonly stages: Stages,
    private readonly shadows: Shadows,
    private readonly patience: Patience,
  ) {}

  /** What was known before this process began. */
  async restore(): Promise<void> {
    for (const stage of await this.stages.all()) this.judges.set(placeId(stage), judgeOf(completed(stage)));
  }

  /** The newest of a model stands. */
  follow(policy: PolicyPublished): void {
    const held = this.policies.get(policy.model);
    if (held && held.revision >= policy.revision) return;
    this.policies.set(policy.model, policy);
    this.missedSince.clear();
    for (const stage of shadowedStages(policy)) {
      if (!this.judges.has(placeId(stage))) this.unkept.add(placeId(stage));
      this.judges.set(placeId(stage), judgeOf(stage));
    }
    this.shadows.serve(this.policies.values());
  }

  /** @throws DependencyDown while the policy that a record was decided by may still come. */
  await(heads: readonly PredictionHead[]): void {
    const missing = heads.filter((head) => this.isAwaited(head));
    if (missing.length === 0) return;
    const named = new Set(missing.map(({ model, policyRevision }) => `${model} ${policyRevision}`));
    throw new DependencyDown('policy-published', `awaiting policy ${[...named].slice(0, 5).join(', ')}`);
  }

  /** Those that stages of shadows are judged by; undefined for a prediction that concerns no shadow. */
  judgeOf(place: Place): Judge | undefined {
    return this.judges.get(placeId(place));
  }

  /** Stages not in the database yet, which must be there before anything is counted for them. */
  async keepStages(): Promise<void> {
    if (this.unkept.size === 0) return;
    const keeping = this.unkept;
    await this.stages.keep([...keeping].flatMap((id) => this.judges.get(id)?.stage ?? []));
    this.unkept = new Set([...this.unkept].filter((id) => !keeping.has(id)));
  }

  private isAwaited({ model, policyRevision }: PredictionHead): boolean {
    if (policyRevision <= (this.policies.get(model)?.revision ?? 0)) return false;
    const key = `${model} ${policyRevision}`;
    const since = this.missedSince.get(key) ?? this.patience.steadyMs();
    this.missedSince.set(key, since);
    return this.patience.steadyMs() - since < this.patience.longestWaitMs;
  }
}
