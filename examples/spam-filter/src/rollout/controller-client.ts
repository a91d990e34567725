// The rollout controller as a user's script calls it: HTTP and JSON, a key, patience while it restarts.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

export interface RolloutView {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly stage: number;
  /** Of its stage. */
  readonly kind: string | null;
  readonly step: number;
  readonly revision: number;
  readonly winner?: string;
  readonly weights: {
    /** Basis points by version. */
    readonly desired: Readonly<Record<string, number>>;
    readonly applied: Readonly<Record<string, number>> | null;
    readonly observed: Readonly<Record<string, number>> | null;
    readonly policyRevision: number;
  };
  readonly verdicts: readonly {
    readonly stage: number;
    readonly name: string;
    readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'error';
    readonly sentence: string;
  }[];
  /** Of its shadow stages so far, one for each candidate. */
  readonly comparisons: readonly ComparisonView[];
  /** Of its latest A/B stage, once it is decided. */
  readonly decision: {
    readonly kind: 'winner' | 'no-difference' | 'harm' | 'inconclusive';
    readonly comparisons: readonly ExperimentComparison[];
    readonly sampleRatio: { readonly broken: string | null };
  } | null;
  /** Of its bandit stages so far. */
  readonly bandits: readonly BanditView[];
  /** Why the step does not move on by itself. */
  readonly waitingFor: readonly string[];
}

export interface BanditView {
  readonly arms: Readonly<
    Record<
      string,
      {
        readonly outcomes: number;
        readonly mean: number | null;
        readonly probabilityBest: number | null;
        readonly out: { readonly reason: string } | null;
      }
    >
  >;
  /** In the metric's unit: lost to the best arm so far, and what an even split would have lost. */
  readonly regret: { readonly soFar: number | null; readonly ofEvenSplit: number | null };
  readonly allocation: { readonly sequence: number } | null;
  readonly decision: { readonly kind: 'winner' | 'baseline' | 'inconclusive' | 'harm' } | null;
}

/** One metric of one candidate against the baseline. */
export interface ExperimentComparison {
  readonly metric: string;
  readonly effect: number | null;
  readonly interval: readonly [number, number] | null;
  readonly shown: 'better' | 'worse' | null;
  readonly sentence: string;
}

export interface ComparisonView {
  readonly pairs: number;
  readonly coverage: number | null;
  readonly agreement: { readonly value: number; readonly interval: readonly [number, number] | null } | null;
  readonly latencyRatio: { readonly value: number } | null;
  readonly errorRates: { readonly baseline: number | null; readonly candidate: number | null };
  /** By truth metric; pairs in which only one of both was right. */
  readonly right: Readonly<
    Record<string, { readonly pairs: number; readonly onlyBaseline: number; readonly onlyCandidate: number }>
  >;
}

export interface ModelView {
  readonly stable: string;
  /** Of segments that have a version of their own. */
  readonly targets: readonly { readonly version: string }[];
}

/** How labels went over, as the comparator counts them. */
export interface Flip {
  readonly output: string;
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** The controller said no, and why. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface ControllerOptions {
  readonly controller: string;
  readonly apiKey: string;
  /** How long a call is tried again while the controller is away, milliseconds. */
  readonly patienceMs: number;
}

export class ControllerClient {
  constructor(private readonly options: ControllerOptions) {}

  putModel(name: string, manifest: unknown): Promise<unknown> {
    return this.call('PUT', `/models/${name}`, manifest);
  }

  model(name: string): Promise<ModelView> {
    return this.call('GET', `/models/${name}`) as Promise<ModelView>;
  }

  rollBackModel(name: string, reason: string): Promise<unknown> {
    return this.call('POST', `/models/${name}/rollback`, { reason });
  }

  async submitRollout(manifest: unknown): Promise<string> {
    return ((await this.call('POST', '/rollouts', manifest)) as { id: string }).id;
  }

  rollout(id: string): Promise<RolloutView> {
    return this.call('GET', `/rollouts/${id}`) as Promise<RolloutView>;
  }

  async rolloutsOf(model: string): Promise<readonly Pick<RolloutView, 'id' | 'state'>[]> {
    const answer = await this.call('GET', `/rollouts?model=${model}`);
    return (Array.isArray(answer) ? answer : (answer as { rollouts: unknown }).rollouts) as RolloutView[];
  }

  /** Of a rollout with one shadow. */
  async flips(id: string): Promise<readonly Flip[]> {
    const { stages } = (await this.call('GET', `/comparisons/${id}`)) as { stages: { flips: Flip[] }[] };
    return stages.flatMap(({ flips }) => flips);
  }

  command(id: string, action: string, body: { reason: string; expectedRevision?: number }): Promise<unknown> {
    return this.call('POST', `/rollouts/${id}/${action}`, body);
  }

  /** The same Idempotency-Key for every attempt: a move whose answer was lost is not made twice. */
  private async call(method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const key = randomUUID();
    const until = performance.now() + this.options.patienceMs;
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.once(method, path, body, key);
      } catch (error) {
        const away = !(error instanceof Refused) || error.status >= 500;
        if (!away || performance.now() > until) throw error;
        await sleep(Math.min(200 * attempts, 2_000));
      }
    }
  }

  private async once(method: 'GET' | 'PUT' | 'POST', path: string, body: unknown, key: string): Promise<unknown> {
    const { controller, apiKey } = this.options;
    const response = await request(`${controller}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(method === 'POST' && { 'idempotency-key': key }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: 10_000,
    });
    const text = await response.body.text();
    if (response.statusCode < 300) return text === '' ? undefined : JSON.parse(text);
    throw refusal(response.statusCode, `${method} ${path}`, text);
  }
}

function refusal(status: number, call: string, text: string): Refused {
  const { code, message, details } = errorIn(text);
  const places = details.map((detail) => `${detail.path}: ${detail.message}`).join('; ');
  return new Refused(status, code, `${call}: ${status} ${message}${places && ` (${places})`}`);
}

interface ErrorIn {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { readonly path: string; readonly message: string }[];
}

function errorIn(text: string): ErrorIn {
  try {
    const { error } = JSON.parse(text) as { error: Partial<ErrorIn> };
    return { code: error.code ?? '', message: error.message ?? '', details: error.details ?? [] };
  } catch {
    return { code: '', message: text.slice(0, 200), details: [] };
  }
}
