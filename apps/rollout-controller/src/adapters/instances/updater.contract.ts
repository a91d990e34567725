// What every updater holds to.
import { type InstanceWork } from '../../domain/instance-work';
import { type Updater } from '../../ports';

export interface UpdaterUnderTest {
  readonly updater: Updater;
  /** Names what the updater speaks to. */
  readonly work: InstanceWork;
  readonly goAway: () => Promise<void>;
}

export function describeUpdater(name: string, start: () => Promise<UpdaterUnderTest>): void {
  describe(`an updater (${name})`, () => {
    it('answers the same work again as it did before: it may have been killed between', async () => {
      const { updater, work, goAway } = await start();
      const first = await updater.update(work);
      expect(await updater.update(work)).toEqual(first);
      expect(first.kind).not.toBe('refused');
      await goAway();
    });

    it('never rejects: who does not answer is asked again, and a release is over', async () => {
      const { updater, work, goAway } = await start();
      await goAway();
      expect(await updater.update(work)).toMatchObject({ kind: 'again', detail: expect.any(String) as string });
      await updater.release(work);
    });
  });
}
