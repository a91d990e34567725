// Whether green can take the traffic: each of its instances is asked, beside the judging and outside of any lock.
import { servedAs } from './domain/instance-work';
import { serves, type Rollout } from './domain/rollout';
import { type Clock, type Greens, type Instances, type Store } from './ports';

interface Heard {
  /** Askings in a row that were answered badly, or not. */
  readonly badInARow: number;
  readonly wasGood: boolean;
  readonly detail: string;
}

interface Known {
  readonly atMs: number;
  readonly byUrl: ReadonlyMap<string, Heard>;
}

/** An instance that was ready is not unready by one asking that was lost. */
const askedTwice = 2;
/** Older than that it says nothing of the present. */
const staleMs = 30_000;

export class WatchGreen implements Greens {
  /** By rollout. Lost with the process: it is asked anew. */
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly store: Pick<Store, 'read'>,
    private readonly instances: Pick<Instances, 'ready'>,
    private readonly clock: Clock,
  ) {}

  /** True where something is known now that was not before. */
  async ask({ id, model: name, spec, state }: Rollout): Promise<boolean> {
    const stage = serves(state) ? spec.stages[state.at.stage] : undefined;
    const [candidate] = spec.candidates;
    const model = stage?.kind === 'blueGreen' ? await this.store.read.models.find(name) : undefined;
    if (!model || candidate === undefined) {
      this.known.delete(id);
      return false;
    }
    const before = this.known.get(id);
    const version = servedAs(model, candidate);
    const urls = model.manifest.versions[candidate]?.instances ?? [];
    const heard = await Promise.all(
      urls.map(async (url) => {
        const { good, detail } = await this.instances.ready(url.replace(/^dns\+/, ''), version);
        return [url, noted(before?.byUrl.get(url), good, detail)] as const;
      }),
    );
    const said = this.of(id);
    this.known.set(id, { atMs: Date.parse(this.clock.now()), byUrl: new Map(heard) });
    return JSON.stringify(said) !== JSON.stringify(this.of(id));
  }

  of(rollout: string): readonly string[] | undefined {
    const known = this.known.get(rollout);
    if (!known || known.byUrl.size === 0 || Date.parse(this.clock.now()) - known.atMs > staleMs) return undefined;
    return [...known.byUrl]
      .filter(([, each]) => isUnready(each))
      .map(([url, { detail }]) => `${url} is not ready: ${detail}`);
  }
}

function noted(before: Heard | undefined, good: boolean, detail: string): Heard {
  return { badInARow: good ? 0 : (before?.badInARow ?? 0) + 1, wasGood: good || (before?.wasGood ?? false), detail };
}

function isUnready({ badInARow, wasGood }: Heard): boolean {
  return badInARow >= (wasGood ? askedTwice : 1);
}
