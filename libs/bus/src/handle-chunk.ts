// One chunk through its handler: refusals and bugs are buried, the rest is handled; what is down is left for later.
import { describeError } from './bus-logger';
import { classifyError } from './classify-error';

export interface Reason {
  readonly code: string;
  readonly message: string;
}

export interface Handling<R> {
  handle(records: readonly R[]): Promise<void>;
  /** Writes dead letters; rejects when it cannot, and then nothing may be skipped. */
  bury(refused: ReadonlyMap<R, Reason>): Promise<void>;
  /** Which of these records a refusal names. */
  find(records: readonly R[], offset: string): R | undefined;
  pauseMs(ms: number): Promise<void>;
}

export type Handled =
  { readonly kind: 'done'; readonly buried: number } | { readonly kind: 'down'; readonly error: unknown };

/** Tries of a chunk that fails for no known reason before it is cut in halves, and of a record on its own. */
const bugTries = 3;
const contentionTries = 6;

export async function handleChunk<R>(records: readonly R[], ports: Handling<R>, tries = bugTries): Promise<Handled> {
  let live = records;
  let buried = 0;
  let bugs = 0;
  let contentions = 0;
  while (live.length > 0) {
    const failure = await attempt(() => ports.handle(live));
    if (!failure) break;
    const { error } = failure;
    const classified = classifyError(error);
    const refused = classified.kind === 'refused' ? matching(live, classified.refusals, ports) : new Map<R, Reason>();
    if (refused.size > 0) {
      const down = await buryAll(refused, ports);
      if (down) return down;
      buried += refused.size;
      live = live.filter((record) => !refused.has(record));
    } else if (classified.kind === 'down' || (classified.kind === 'contention' && ++contentions >= contentionTries)) {
      return { kind: 'down', error };
    } else if (classified.kind !== 'contention' && ++bugs >= tries) {
      return add(buried, await isolate(live, error, ports));
    }
    if (refused.size === 0) await ports.pauseMs(10 * 4 ** Math.min(3, bugs + contentions - 1));
  }
  return { kind: 'done', buried };
}

/** Halves keep the order of the records: an offset never moves past one that was not handled. */
async function isolate<R>(records: readonly R[], error: unknown, ports: Handling<R>): Promise<Handled> {
  const [only] = records;
  if (records.length === 1 && only !== undefined) {
    const reason = { code: 'bug', message: describeError(error) };
    return (await buryAll(new Map([[only, reason]]), ports)) ?? { kind: 'done', buried: 1 };
  }
  const half = Math.ceil(records.length / 2);
  const first = await handleChunk(records.slice(0, half), ports, half === 1 ? 2 : 1);
  if (first.kind === 'down') return first;
  return add(first.buried, await handleChunk(records.slice(half), ports, records.length - half === 1 ? 2 : 1));
}

function matching<R>(
  live: readonly R[],
  refusals: readonly { record: { offset: string }; code: string; message: string }[],
  ports: Handling<R>,
): Map<R, Reason> {
  const found = new Map<R, Reason>();
  for (const { record, code, message } of refusals) {
    const refused = ports.find(live, record.offset);
    if (refused !== undefined) found.set(refused, { code, message });
  }
  return found;
}

async function buryAll<R>(refused: ReadonlyMap<R, Reason>, ports: Handling<R>): Promise<Handled | undefined> {
  const failure = await attempt(() => ports.bury(refused));
  return failure && { kind: 'down', error: failure.error };
}

function add(buried: number, handled: Handled): Handled {
  return handled.kind === 'done' ? { kind: 'done', buried: buried + handled.buried } : handled;
}

async function attempt(run: () => Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return { error };
  }
}
