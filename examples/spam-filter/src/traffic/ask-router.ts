// One prediction over HTTP: sent until somebody answers it, under the same id, so that however often it takes it is one prediction.
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { type PlannedPrediction } from './plan-traffic';

export interface Answer {
  readonly predictionId: string;
  readonly status: number;
  /** The version that was drawn for the unit, and the one that answered: another where the first failed. */
  readonly assigned: string;
  readonly answeredBy: string;
  readonly policyRevision: number;
  /** What the version said, where it said something. */
  readonly label?: string;
  readonly attempts: number;
  readonly latencyMs: number;
}

/** Nobody answered in all that time. */
export interface Unanswered {
  readonly predictionId: string;
  readonly problem: string;
}

export interface RouterOptions {
  readonly routers: readonly string[];
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** How long a prediction is tried again, milliseconds: a router may be restarting. */
  readonly patienceMs: number;
}

const requestTimeoutMs = 5_000;

export class RouterClient {
  private readonly agent = new Agent({ connections: 64, keepAliveTimeout: 30_000, connect: { timeout: 2_000 } });
  /** Why the latest attempt had no answer; undefined when it had one. */
  problem: string | undefined;
  private next = 0;

  constructor(private readonly options: RouterOptions) {}

  async ask(planned: PlannedPrediction, predictionId: string): Promise<Answer | Unanswered> {
    const body = inferBody(planned);
    const startedAt = performance.now();
    for (let attempts = 1; performance.now() - startedAt < this.options.patienceMs; attempts++) {
      const tried = await this.once(planned, predictionId, body).catch((error: Error) => error.message);
      this.problem = typeof tried === 'string' ? tried : undefined;
      if (typeof tried !== 'string') return { ...tried, attempts, latencyMs: performance.now() - startedAt };
      await sleep(Math.min(100 * 2 ** attempts, 2_000));
    }
    return { predictionId, problem: this.problem ?? 'no time was left' };
  }

  async close(): Promise<void> {
    await this.agent.close();
  }

  /** A text says why there is no answer: the router was away, shed the load, or gave up. */
  private async once(
    { mailbox }: PlannedPrediction,
    predictionId: string,
    body: string,
  ): Promise<Omit<Answer, 'attempts' | 'latencyMs'> | string> {
    const { routers, model, apiKey } = this.options;
    const router = routers[this.next++ % routers.length] ?? '';
    const response = await this.agent.request({
      origin: router,
      path: `/v2/models/${model}/infer`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-weir-prediction-id': predictionId,
        'x-weir-unit': mailbox.unit,
        'x-weir-attr-region': mailbox.region,
        ...(apiKey && { authorization: `Bearer ${apiKey}` }),
      },
      body,
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
    });
    const text = await response.body.text();
    const answeredBy = headerOf(response, 'x-weir-version');
    if (!answeredBy) return `status ${response.statusCode}: ${text.slice(0, 200)}`;
    return {
      predictionId,
      status: response.statusCode,
      answeredBy,
      assigned: headerOf(response, 'x-weir-assigned') ?? answeredBy,
      policyRevision: Number(headerOf(response, 'x-weir-policy') ?? 0),
      ...labelIn(text),
    };
  }
}

/** The body of an Open Inference infer call for one mail. */
export function inferRequest({ mail }: Pick<PlannedPrediction, 'mail'>): Record<string, unknown> {
  return { inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: [mail.text] }], outputs: [{ name: 'label' }] };
}

function inferBody(planned: PlannedPrediction): string {
  return JSON.stringify(inferRequest(planned));
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function labelIn(text: string): { label?: string } {
  try {
    const { outputs } = JSON.parse(text) as { outputs?: { name: string; data: string[] }[] };
    const label = outputs?.find(({ name }) => name === 'label')?.data[0];
    return label === undefined ? {} : { label };
  } catch {
    return {};
  }
}
