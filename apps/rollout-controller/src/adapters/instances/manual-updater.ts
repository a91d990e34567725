// A person updates the instance, and says so: `approve`.
import { type InstanceWork } from '../../domain/instance-work';
import { type UpdateAnswer, type Updater } from '../../ports';

export class ManualUpdater implements Updater {
  update({ url, to }: InstanceWork): Promise<UpdateAnswer> {
    return Promise.resolve({ kind: 'again', detail: `a person is to update ${url} to ${to.version}, and to approve` });
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}
