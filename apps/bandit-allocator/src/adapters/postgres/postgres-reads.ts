// What bandits believe and have allocated, for people and programs.
import { claimedMean, posteriorMean } from '@weir/bandits';
import { type DataSource } from 'typeorm';
import { allocationOf, verdictOf } from '../../domain/allocation';
import { type BanditStage } from '../../domain/bandit-stage';
import { learningStore } from './learning-store';

export interface ArmView {
  readonly arm: string;
  /** Basis points. */
  readonly weight: number;
  readonly probabilityBest: number;
  readonly effectiveSamples: number;
  /** Of the posterior: for allocating, not for comparing. */
  readonly posteriorMean: number;
  /** Overlap-weighted, for comparing; null without two outcomes. */
  readonly claimedMean: number | null;
}

export interface BanditView {
  readonly rollout: string;
  readonly attempt: number;
  readonly stage: number;
  readonly metric: string;
  readonly algorithm: string;
  readonly asOf: string;
  readonly offsets: Readonly<Record<string, string>>;
  readonly arms: readonly ArmView[];
  readonly sentence: string | null;
}

export interface Reads {
  bandits(rollout: string): Promise<readonly BanditView[]>;
}

export class PostgresReads implements Reads {
  constructor(
    private readonly dataSource: DataSource,
    private readonly group: string,
  ) {}

  async bandits(rollout: string): Promise<readonly BanditView[]> {
    const select = 'select document from stages where rollout = $1 order by attempt, stage';
    const stages = await this.dataSource.query<{ document: BanditStage }[]>(select, [rollout]);
    return Promise.all(stages.map(({ document }) => this.viewOf(document)));
  }

  private async viewOf(document: BanditStage): Promise<BanditView> {
    const { rollout, attempt, stage, metric, algorithm } = document;
    const learnt = await this.dataSource.transaction('REPEATABLE READ', (tx) =>
      learningStore(tx, this.group).learnt(document),
    );
    const allocation = allocationOf(document, learnt, learnt.nowMs);
    const verdict = verdictOf(document, allocation, learnt);
    const arms = Object.entries(allocation.arms).map(([arm, { posterior, probabilityBest, effectiveOutcomes }]) => {
      const claims = Object.hasOwn(learnt.claims, arm) ? learnt.claims[arm] : undefined;
      return {
        ...{ arm, weight: allocation.weights[arm] ?? 0, probabilityBest, effectiveSamples: effectiveOutcomes },
        ...{ posteriorMean: posteriorMean(posterior), claimedMean: (claims && claimedMean(claims)?.mean) ?? null },
      };
    });
    return {
      ...{ rollout, attempt, stage, metric, algorithm, arms, offsets: learnt.offsets },
      ...{ asOf: new Date(learnt.nowMs).toISOString(), sentence: verdict?.sentence ?? null },
    };
  }
}
