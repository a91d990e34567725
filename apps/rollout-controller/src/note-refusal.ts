// A command that came too late, or that the state does not allow, moves nothing and is written into the trail all the same.
import { type RolloutAction, type RolloutCommand } from '@weir/contracts';
import { type Caller, type Clock, type Store } from './ports';
import { Refused } from './refusals';

interface Told extends Pick<RolloutCommand, 'reason'> {
  readonly rollout: string;
  readonly action: RolloutAction;
}

const written: readonly Refused['code'][] = ['illegal-move', 'revision-conflict'];

export class NoteRefusal {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Does the work, and hands its refusal on. */
  async of<T>(work: () => Promise<T>, command: Told, caller: Caller): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refused && written.includes(error.code)) await this.write(command, caller, error);
      throw error;
    }
  }

  private async write({ rollout, action, reason }: Told, caller: Caller, refused: Refused): Promise<void> {
    const found = await this.store.read.rollouts.find(rollout);
    const line = { rollout, model: found?.model ?? null, at: this.clock.now(), actor: caller.name, action: 'refused' };
    const told = `${action} (${reason}): ${refused.message}`;
    await this.store.transaction((tx) => tx.audit.add({ ...line, from: null, to: null, reason: told, revision: null }));
  }
}
