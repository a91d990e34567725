// Decisions that this process recorded are not asked for elsewhere.
import { buildPredictionServed } from '@weir/testing';
import { decisionOf, type Decision } from '../domain/decision';
import { type DecisionCache } from '../ports';
import { RecentDecisions } from './recent-decisions';

const decision = (predictionId: string): Decision => decisionOf(buildPredictionServed({ predictionId }), {});

class Shared implements DecisionCache {
  readonly asked: string[] = [];
  readonly kept = new Map<string, Decision>();

  find(ids: readonly string[]): Promise<ReadonlyMap<string, Decision>> {
    this.asked.push(...ids);
    return Promise.resolve(
      new Map(ids.flatMap((id) => (this.kept.has(id) ? [[id, this.kept.get(id) as Decision]] : []))),
    );
  }

  remember(decisions: readonly Decision[]): Promise<void> {
    for (const one of decisions) this.kept.set(one.predictionId, one);
    return Promise.resolve();
  }
}

it('asks the shared cache for what others recorded, and for nothing else', async () => {
  const shared = new Shared();
  const recent = new RecentDecisions(shared);
  const [mine, others] = [decision('mine'), decision('others')];
  await recent.remember([mine]);
  await shared.remember([others]);
  expect(await recent.find(['mine', 'others', 'nobody'])).toEqual(
    new Map([
      ['mine', mine],
      ['others', others],
    ]),
  );
  expect(shared.asked).toEqual(['others', 'nobody']);
  expect([...shared.kept.keys()]).toEqual(['mine', 'others']);
});

it('forgets the oldest, which the shared cache still knows', async () => {
  const shared = new Shared();
  const recent = new RecentDecisions(shared);
  await recent.remember(Array.from({ length: 10_002 }, (_, index) => decision(`p-${index}`)));
  const found = await recent.find(['p-0', 'p-1', 'p-2', 'p-10001']);
  expect([...found.keys()].sort()).toEqual(['p-0', 'p-1', 'p-10001', 'p-2']);
  expect(shared.asked).toEqual(['p-0', 'p-1']);
});
