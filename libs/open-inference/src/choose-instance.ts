// Picks the instance that takes a call. On the path of every prediction: it makes no garbage.
import { type Instance } from './instance';

export class ChooseInstance {
  private instances: readonly Instance[] = [];
  /** Those of `instances` that may be drawn, filled anew at each draw. */
  private readonly drawn: Instance[] = [];

  /** `random`: in [0, 1). `maxPending`: an instance with so many calls under way is not asked. */
  constructor(
    private readonly random: () => number,
    private readonly maxPending = Infinity,
  ) {}

  among(instances: readonly Instance[]): void {
    this.instances = instances;
    this.drawn.length = 0;
  }

  anyAvailable(nowMs: number): boolean {
    for (const { health } of this.instances) if (health.available(nowMs)) return true;
    return false;
  }

  /** Each has as many calls under way as it may. */
  get full(): boolean {
    for (const instance of this.instances) if (this.hasRoom(instance)) return false;
    return this.instances.length > 0;
  }

  /**
   * The least busy of two drawn at random: nearly as good as the least busy of all, and herds do not form. An instance whose circuit
   * lets a trial through is no less likely than others. `lastResort`: where none is available, any will do.
   */
  one(nowMs: number, lastResort: boolean, but?: ReadonlySet<Instance>): Instance | undefined {
    const { drawn } = this;
    drawn.length = 0;
    for (const instance of this.instances)
      if (this.hasRoom(instance) && instance.health.available(nowMs) && !but?.has(instance)) drawn.push(instance);
    if (drawn.length === 0 && lastResort)
      for (const instance of this.instances) if (this.hasRoom(instance) && !but?.has(instance)) drawn.push(instance);
    return drawn.length < 2 ? drawn[0] : this.lessBusy(drawn);
  }

  private hasRoom({ server }: Instance): boolean {
    return server.pending < this.maxPending;
  }

  private lessBusy(drawn: readonly Instance[]): Instance {
    const first = Math.floor(this.random() * drawn.length);
    const second = (first + 1 + Math.floor(this.random() * (drawn.length - 1))) % drawn.length;
    const [a, b] = [drawn[first] as Instance, drawn[second] as Instance];
    return b.server.pending < a.server.pending ? b : a;
  }
}
