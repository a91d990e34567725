// Asks instances one by one, beside the routers: whether they can answer for a version, and recorded requests to warm them up.
import {
  DirectModelServer,
  inferPath,
  readyPath,
  type ClientOptions,
  type ModelAnswer,
  type ModelCall,
} from '@weir/open-inference';
import { type ServedVersion } from '../../domain/instance-work';
import { type InstanceAnswer, type Instances, type RecordedRequest } from '../../ports';

/** A header's value by the name of its secret. */
export type SecretValue = (name: string) => string | undefined;

export type InstanceClientOptions = Pick<ClientOptions, 'egress' | 'trust'> & { readonly secret: SecretValue };

const readyTimeoutMs = 2_000;
const maxResponseBytes = 8 * 1024 ** 2;

export class InstanceClient implements Instances {
  constructor(private readonly options: InstanceClientOptions) {}

  async ready(url: string, version: ServedVersion): Promise<InstanceAnswer> {
    const isRaw = version.protocol === 'raw';
    const path = isRaw ? '/' : readyPath(version);
    const answer = await this.call(url, version, {
      method: 'GET',
      path,
      headers: [],
      body: null,
      timeoutMs: readyTimeoutMs,
    });
    return said(answer, (status) => (isRaw ? true : status === 200));
  }

  async warm(url: string, version: ServedVersion, { headers, body }: RecordedRequest): Promise<InstanceAnswer> {
    if (version.protocol === 'raw') return { good: true, detail: 'a raw request is not asked again' };
    const path = inferPath(version);
    const answer = await this.call(url, version, { method: 'POST', path, headers, body, timeoutMs: version.timeoutMs });
    return said(answer, (status) => status < 500);
  }

  /** A connection of its own: there are few calls, and none must meet what another has left behind. */
  async call(url: string, { auth }: Pick<ServedVersion, 'auth'>, call: ModelCall): Promise<ModelAnswer> {
    const { egress, trust, secret } = this.options;
    const key = auth && { header: auth.header, value: () => secret(auth.secretRef) };
    const server = new DirectModelServer(url, { egress, trust, connections: 1, maxResponseBytes, auth: key });
    const answer = await server.call(call);
    void server.close().catch(() => undefined); // what is left of a connection is nobody's concern
    return answer;
  }
}

function said(answer: ModelAnswer, isGood: (status: number) => boolean): InstanceAnswer {
  if (answer.kind === 'failed') return { good: false, detail: `${answer.cause}: ${answer.detail}`.slice(0, 200) };
  return { good: isGood(answer.status), detail: `it answers ${answer.status}` };
}
