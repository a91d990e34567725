// Says that a rollout's evidence does not go on: one line when it begins, one when it ends, and a number in between.
import { type Logger } from '@weir/service';
import { isAlarming, type TornWindow } from '../domain/torn-window';
import { type TornWatch } from '../ports';

export class TornAlarm implements TornWatch {
  /** Index of the window, by rollout. */
  private readonly alarmed = new Map<string, number>();

  constructor(
    private readonly logger: Pick<Logger, 'error' | 'info'>,
    private readonly gauge: { set(value: number): void },
  ) {
    gauge.set(0);
  }

  saw(rollout: string, torn: TornWindow | undefined): void {
    if (isAlarming(torn)) this.raise(rollout, torn);
    else this.end(rollout, 'its evidence goes on');
  }

  only(rollouts: readonly string[]): void {
    for (const rollout of this.alarmed.keys())
      if (!rollouts.includes(rollout)) this.end(rollout, 'the rollout that waited for it does not serve any more');
  }

  private raise(rollout: string, torn: TornWindow): void {
    if (this.alarmed.get(rollout) === torn.index) return;
    this.alarmed.set(rollout, torn.index);
    this.gauge.set(this.alarmed.size);
    this.logger.error(
      { rollout, window: torn },
      'a window of evidence does not come whole: nothing from it on is judged',
    );
  }

  private end(rollout: string, why: string): void {
    const window = this.alarmed.get(rollout);
    if (!this.alarmed.delete(rollout)) return;
    this.gauge.set(this.alarmed.size);
    this.logger.info({ rollout, window }, `a window of evidence was not whole; ${why}`);
  }
}
