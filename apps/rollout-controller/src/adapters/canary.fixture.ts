// Drives canaries of a real controller: submits them, feeds evidence window by window, reads what became of them.
import { evidence, type Evidence } from '@weir/contracts';
import { buildEvidence, eventually } from '@weir/testing';
import { RealControllers } from './real-controller.fixture';

export interface CanaryView {
  id: string;
  state: string;
  step: number;
  stage: number;
  attempt: number;
  reason: string;
  moves: string[];
  waitingFor: string[];
  units: Record<string, number>;
  pauses: { by: string; reason: string; since: string }[];
  verdicts: { name: string; verdict: string; breached: boolean; accepted: boolean; alpha: number; sentence: string }[];
  sampleRatio: { mismatch: boolean };
  weights: { desired: Record<string, number>; appliedRevision: number | null; policyRevision: number };
}

/** What one arm had in a window. */
export interface ArmTraffic {
  /** Units at their first prediction, one prediction each. */
  readonly units: number;
  /** Of them, those whose first prediction failed. */
  readonly errors?: number;
  /** First values of the metric `correct`, and how many of them were right. */
  readonly correct?: readonly [n: number, right: number];
  /** First latencies by bin. */
  readonly latency?: Record<string, number>;
}

const instances = (port: number) => ({ instances: [`http://127.0.0.1:${port}`] });
const versions = { v1: instances(9_101), v2: instances(9_102), v3: instances(9_103) };
const metrics = { correct: { type: 'truth', output: 'label', within: '30s' } };

export class CanaryDriver {
  model = '';
  private models = 0;
  private windows = 0;

  private constructor(readonly controllers: RealControllers) {}

  static async start(
    env: NodeJS.ProcessEnv,
    options?: Parameters<typeof RealControllers.start>[1],
  ): Promise<CanaryDriver> {
    return new CanaryDriver(await RealControllers.start(env, options));
  }

  async newModel(): Promise<void> {
    this.model = `canary-${(this.models += 1)}`;
    await this.call('PUT', `/models/${this.model}`, { stable: 'v1', versions, metrics });
  }

  submit(canary: object, changes: object = {}): Promise<CanaryView> {
    const stages = [{ canary }];
    return this.call('POST', '/rollouts', { model: this.model, candidates: ['v2'], stages, ...changes });
  }

  tell(id: string, action: string): Promise<CanaryView> {
    return this.call('POST', `/rollouts/${id}/${action}`, { reason: `${action} by hand` });
  }

  view(id: string): Promise<CanaryView> {
    return this.call('GET', `/rollouts/${id}`);
  }

  async stable(): Promise<string> {
    return (await this.call<{ stable: string }>('GET', `/models/${this.model}`)).stable;
  }

  ended(id: string, state: string): Promise<CanaryView> {
    return eventually(async () => {
      const view = await this.view(id);
      return view.state === state ? view : undefined;
    });
  }

  /** The audit trail: action, actor, and where it led. */
  async story(id: string): Promise<[action: string, actor: string, to: string][]> {
    interface Line {
      action: string;
      actor: string;
      to: { state: string; step: number } | null;
    }
    const { events } = await this.call<{ events: Line[] }>('GET', `/rollouts/${id}/events`);
    return events.map(({ action, actor, to }) => [action, actor, to ? `${to.state} ${to.step}` : '']);
  }

  /** One whole window, at the place where the rollout stands. */
  async evidence(
    id: string,
    traffic: Record<string, ArmTraffic>,
    changes: Partial<Evidence> = {},
  ): Promise<Evidence[]> {
    const rows = await this.rows(id, traffic, changes);
    for (const row of rows) await this.controllers.send(evidence, row);
    return rows;
  }

  async rows(id: string, traffic: Record<string, ArmTraffic>, changes: Partial<Evidence> = {}): Promise<Evidence[]> {
    const { stage, step, attempt, weights } = await this.view(id);
    const policy = await this.call<{ slices: { rollout: string; epoch: number; period: { base: number } }[] }>(
      'GET',
      `/models/${this.model}/policy`,
    );
    const slice = policy.slices.find(({ rollout }) => rollout === id);
    const index = (this.windows += 1);
    const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 12) + seconds * 1_000).toISOString();
    const shared: Partial<Evidence> = {
      ...{ rollout: id, model: this.model, attempt, stage, step, final: true },
      ...{ epoch: slice?.epoch ?? 0, period: slice?.period.base ?? 0, weights: weights.desired },
      ...changes,
    };
    const bare = Object.entries(traffic).flatMap(([arm, seen]) => rowsOf(arm, seen));
    const window = { index, from: at(index), to: at(index + 1), rows: bare.length, ...changes.window };
    return bare.map((row) => buildEvidence({ ...shared, ...row, window }));
  }

  stop(): Promise<void> {
    return this.controllers.stop();
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.controllers.call<T>(method, `/api/v1${path}`, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }
}

function rowsOf(arm: string, { units, errors = 0, correct, latency }: ArmTraffic): Partial<Evidence>[] {
  const scope = { n: units, sum: errors };
  const served: Partial<Evidence> = {
    n: units,
    sum: errors,
    sumSquares: errors,
    newUnits: units,
    once: scope,
    inPeriod: scope,
  };
  const rows: Partial<Evidence>[] = [{ arm, metric: 'error-rate', ...served }];
  if (correct) {
    const [n, sum] = correct;
    rows.push({ arm, metric: 'correct', n, sum, sumSquares: sum, once: { n, sum }, inPeriod: { n, sum } });
  }
  if (latency) {
    const histogram = { n: 0, sum: 0, histogram: latency };
    rows.push({ arm, metric: 'latency', n: units, once: histogram, inPeriod: histogram });
  }
  return rows;
}
