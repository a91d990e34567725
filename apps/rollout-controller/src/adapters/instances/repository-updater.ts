// Updates an instance by its server's model repository: load what it is to serve; unload, when that is ready, what it served.
import { type ModelAnswer } from '@weir/open-inference';
import { type InstanceWork, type ServedVersion } from '../../domain/instance-work';
import { type UpdateAnswer, type Updater } from '../../ports';
import { type InstanceClient } from './instance-client';

/** Of an unload, and of a load at least: a server that loads for longer is asked again until the batch's deadline. */
const leastTimeoutMs = 5_000;
const longestTimeoutMs = 120_000;

export class RepositoryUpdater implements Updater {
  constructor(private readonly client: Pick<InstanceClient, 'call'>) {}

  async update({ url, to, stage }: InstanceWork): Promise<UpdateAnswer> {
    const timeoutMs = Math.min(longestTimeoutMs, Math.max(leastTimeoutMs, stage.deadlineMs));
    const answer = await this.ask(url, to, 'load', timeoutMs);
    if (answer.kind === 'failed') return { kind: 'again', detail: `load: ${answer.cause}: ${answer.detail}` };
    if (answer.status < 300) return { kind: 'done' };
    const detail = `load of ${to.modelName} answered ${answer.status}: ${answer.body.toString('utf8').slice(0, 200)}`;
    return { kind: isFinal(answer.status) ? 'refused' : 'again', detail };
  }

  /** What cannot be unloaded stays in the server's memory, and in nobody's way. */
  async release({ url, from, to }: InstanceWork): Promise<void> {
    if (from.modelName !== to.modelName) await this.ask(url, from, 'unload', leastTimeoutMs);
  }

  private ask(url: string, version: ServedVersion, verb: 'load' | 'unload', timeoutMs: number): Promise<ModelAnswer> {
    const path = `/v2/repository/models/${encodeURIComponent(version.modelName)}/${verb}`;
    const headers = ['content-type', 'application/json'];
    return this.client.call(url, version, { method: 'POST', path, headers, body: Buffer.from('{}'), timeoutMs });
  }
}

/** 408 and 429 pass; the rest of the 4xx says that this server will not. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
