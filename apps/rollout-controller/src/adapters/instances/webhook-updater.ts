// Has somebody's own tool update an instance: a signed POST, tried again until it is taken.
import { createHmac } from 'node:crypto';
import { type InstanceWork } from '../../domain/instance-work';
import { type UpdateAnswer, type Updater } from '../../ports';
import { type InstanceClient, type SecretValue } from './instance-client';

export interface WebhookOptions {
  readonly client: Pick<InstanceClient, 'call'>;
  readonly secret: SecretValue;
  /** Seconds since the epoch. */
  readonly nowSeconds: () => number;
}

/** The name of the secret that signs: a file of it in WEIR_SECRETS_DIR, or WEIR_SECRET_WEBHOOK. */
const signingSecret = 'webhook';
const timeoutMs = 10_000;

export class WebhookUpdater implements Updater {
  constructor(private readonly options: WebhookOptions) {}

  /** 2xx: it is done or begun; whether the instance serves its version is asked of the instance. */
  async update(work: InstanceWork): Promise<UpdateAnswer> {
    const { client, secret, nowSeconds } = this.options;
    const key = secret(signingSecret);
    const target = work.stage.updater.webhook?.url;
    if (key === undefined || target === undefined)
      return { kind: 'again', detail: `the secret ${signingSecret} is missing, and nothing is sent unsigned` };
    const body = Buffer.from(JSON.stringify(bodyOf(work)));
    const headers = ['content-type', 'application/json', 'x-weir-signature', sign(key, body, nowSeconds())];
    const { origin, pathname: path } = new URL(target);
    const answer = await client.call(origin, { auth: undefined }, { method: 'POST', path, headers, body, timeoutMs });
    if (answer.kind === 'failed') return { kind: 'again', detail: `webhook: ${answer.cause}: ${answer.detail}` };
    if (answer.status < 300) return { kind: 'done' };
    const isFinal = answer.status >= 400 && answer.status < 500 && ![408, 409, 425, 429].includes(answer.status);
    return { kind: isFinal ? 'refused' : 'again', detail: `the webhook answered ${answer.status}` };
  }

  /** It hears of an update, and does all of it. */
  release(): Promise<void> {
    return Promise.resolve();
  }
}

/** `id` is the same however often it is sent: what has it done before may leave it. */
function bodyOf({ rollout, attempt, model, url, from, to, since }: InstanceWork): object {
  const id = `${rollout} ${url} ${since}`;
  return { id, rollout, model, instance: url, from: from.version, to: to.version, attempt };
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA256 of "<seconds>.<body>". */
export function sign(key: string, body: Buffer, seconds: number): string {
  const mac = createHmac('sha256', key).update(`${seconds}.`).update(body).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
