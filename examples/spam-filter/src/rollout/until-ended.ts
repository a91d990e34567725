// Looks at a rollout again and again until it has ended.
import { waitUntil } from '../wait-until';
import { type ControllerClient, type RolloutView } from './controller-client';

const over = new Set(['completed', 'rolled-back', 'superseded']);

/** @throws where it has not ended in all the time there is: the message says what it waits for. */
export async function untilEnded(
  controller: Pick<ControllerClient, 'rollout'>,
  { id, what, withinMs }: { readonly id: string; readonly what: string; readonly withinMs: number },
  onLook: (view: RolloutView) => void = () => undefined,
): Promise<RolloutView> {
  let waitsFor: readonly string[] = [];
  return waitUntil(
    async () => {
      const now = await controller.rollout(id);
      if (now.state === 'paused') throw new Error(`the rollout is paused: ${now.reason}`);
      waitsFor = now.waitingFor;
      if (over.has(now.state)) return now;
      onLook(now);
      return undefined;
    },
    { what, withinMs, everyMs: 100 },
  ).catch((error: Error) => {
    throw new Error([error.message, ...waitsFor].join('; '));
  });
}
