// The updater that the stage names.
import { type InstanceWork } from '../../domain/instance-work';
import { type UpdateAnswer, type Updater } from '../../ports';

export interface Updaters {
  readonly repository: Updater;
  readonly webhook: Updater;
  readonly manual: Updater;
}

export class ChosenUpdater implements Updater {
  constructor(private readonly updaters: Updaters) {}

  update(work: InstanceWork): Promise<UpdateAnswer> {
    return this.of(work).update(work);
  }

  release(work: InstanceWork): Promise<void> {
    return this.of(work).release(work);
  }

  private of({ stage: { updater } }: InstanceWork): Updater {
    if (updater.repository) return this.updaters.repository;
    return updater.webhook ? this.updaters.webhook : this.updaters.manual;
  }
}
