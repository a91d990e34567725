// Asks an instance whether it can answer for a model.
import { type Answered, type ModelServer } from './model-server';
import { type ProbeResult } from './instance-health';
import { readyPath, serverReadyPath, type ServerModel } from './paths';

/** Servers that do not know a path say so in one of these ways. */
const unknownPath: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * The model's own readiness; where the server does not tell it, the server's; where it tells neither, that it speaks HTTP.
 * `protocol: raw` promises no path at all: then only the last.
 */
export async function probe(
  server: ModelServer,
  model: ServerModel | undefined,
  timeoutMs: number,
): Promise<ProbeResult> {
  const ask = async (path: string): Promise<Answered | undefined> => {
    const answer = await server.call({ method: 'GET', path, headers: [], body: null, timeoutMs });
    return answer.kind === 'answered' ? answer : undefined;
  };
  if (!model) return (await ask('/')) ? 'ready' : 'no-answer';
  for (const path of [readyPath(model), serverReadyPath]) {
    const answer = await ask(path);
    if (!answer) return 'no-answer';
    if (!unknownPath.has(answer.status)) return answer.status === 200 ? 'ready' : 'not-ready';
  }
  return 'ready';
}
