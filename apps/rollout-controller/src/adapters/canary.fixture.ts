// Drives canaries of a real controller: submits them, feeds evidence window by window, reads what became of them.
import { evidence, type Evidence } from '@weir/contracts';
import { overlapWeight } from '@weir/stats';
import { buildEvidence, eventually } from '@weir/testing';
import { foldWindow, openJudgement, type Judgement } from '../domain/judgement';
import { type Rollout } from '../domain/rollout';
import { type TornWindow } from '../domain/torn-window';
import { wholeWindows } from '../domain/whole-windows';
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
  tornWindow: TornWindow | null;
  units: Record<string, number>;
  stepStartedAt: string;
  pauses: { by: string; reason: string; since: string }[];
  verdicts: {
    name: string;
    verdict: string;
    breached: boolean;
    accepted: boolean;
    alpha: number;
    sentence: string;
    candidateCounts: { units: number };
  }[];
  sampleRatio: { verdict: string; sentence: string };
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
  /** Units of the ratio `spend-per-visit`: two visits each, and so much a visit, one more for half of them and one less for the rest. */
  readonly spend?: readonly [n: number, perVisit: number];
}

const instances = (port: number) => ({ instances: [`http://127.0.0.1:${port}`] });
const versions = { v1: instances(9_101), v2: instances(9_102), v3: instances(9_103) };
const amount = { type: 'numeric', per: 'unit', within: '30s' };
const metrics = {
  correct: { type: 'truth', output: 'label', within: '30s' },
  spend: amount,
  visits: amount,
  'spend-per-visit': { type: 'ratio', numerator: 'spend', denominator: 'visits' },
};

/** Or what it is by the candidate's weight at the moment of asking. */
export type Traffic = Record<string, ArmTraffic> | ((weightBps: number) => Record<string, ArmTraffic>);

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

  /** Time passes for the step at which the rollout stands: the beginnings that are stored of it lie so much further back. */
  async elapse(id: string, ms: number): Promise<void> {
    const back = (field: string) =>
      `to_char((state #>> '{at,${field}}')::timestamptz at time zone 'UTC' - $2::float8 * interval '1 ms', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    const moved = `jsonb_build_object('startedAt', ${back('startedAt')}, 'maxStepFrom', ${back('maxStepFrom')})`;
    await this.controllers.rows(
      `update rollout set state = jsonb_set(state, '{at}', (state -> 'at') || ${moved}) where id = $1`,
      [id, ms],
    );
  }

  /** Everything that has been heard and every time that has come is judged: a window sent now has been folded in. */
  async looked(id: string): Promise<void> {
    const [first] = await this.evidence(id, { v1: { units: 1 } });
    await eventually(async () => (await this.judgement(id))?.through?.index === first?.window.index);
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
  async evidence(id: string, traffic: Traffic, changes: Partial<Evidence> = {}): Promise<Evidence[]> {
    const rows = await this.rows(id, traffic, changes);
    await this.send(rows);
    return rows;
  }

  async send(rows: readonly Evidence[]): Promise<void> {
    for (const row of rows) await this.controllers.send(evidence, row);
  }

  async rows(id: string, traffic: Traffic, changes: Partial<Evidence> = {}): Promise<Evidence[]> {
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
    const seen = typeof traffic === 'function' ? traffic(weights.desired['v2'] ?? 0) : traffic;
    const h = (arm: string) => overlapWeight(weights.desired, arm);
    const bare = Object.entries(seen).flatMap(([arm, had]) => rowsOf(arm, had, h(arm)));
    const window = { index, from: at(index), to: at(index + 1), rows: bare.length, ...changes.window };
    return bare.map((row) => buildEvidence({ ...shared, ...row, window }));
  }

  /** What is kept of the judging of an attempt. */
  async judgement(id: string, attempt = 1): Promise<Judgement | undefined> {
    const [row] = await this.controllers.rows<{ document: Judgement }>(
      'select document from judgement where rollout = $1 and attempt = $2',
      [id, attempt],
    );
    return row?.document;
  }

  /** The same from the stored rows, all at once. */
  async recount(id: string): Promise<Judgement> {
    const rows = await this.controllers.rows<{ document: Evidence }>(
      'select document from evidence where rollout = $1 and final order by window_index desc, random()',
      [id],
    );
    const [rollout] = await this.controllers.rows<Rollout>('select * from rollout where id = $1', [id]);
    const model = await this.call<Parameters<typeof openJudgement>[1]>('GET', `/models/${this.model}`);
    if (!rollout) throw new Error(`no rollout ${id}`);
    const ordered = rows.map(({ document }) => document).sort((a, b) => a.window.index - b.window.index);
    const opened = openJudgement(rollout, model);
    return JSON.parse(JSON.stringify(wholeWindows(ordered).reduce(foldWindow, opened))) as Judgement;
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

/** @param h the overlap weight of each prediction: units are counted once, so that a unit's total is h times its value. */
function rowsOf(
  arm: string,
  { units, errors = 0, correct, latency, spend }: ArmTraffic,
  h: number,
): Partial<Evidence>[] {
  const firsts = { once: { n: units, sum: errors }, inPeriod: { n: units, sum: errors } };
  const rows: Partial<Evidence>[] = [
    { arm, metric: 'error-rate', ...sumsOf(units, errors, h), ...firsts, newUnits: units },
  ];
  if (correct) {
    const [n, sum] = correct;
    rows.push({ arm, metric: 'correct', ...sumsOf(n, sum, h), once: { n, sum }, inPeriod: { n, sum } });
  }
  if (latency) {
    const scope = { n: 0, sum: 0, histogram: latency };
    rows.push({ arm, metric: 'latency', ...sumsOf(units, 0, h), once: scope, inPeriod: scope });
  }
  if (spend) rows.push({ arm, metric: 'spend-per-visit', ...ratioSumsOf(spend, h) });
  return rows;
}

function ratioSumsOf([n, perVisit]: readonly [number, number], h: number): Partial<Evidence> {
  const [visits, spent] = [2, 2 * perVisit];
  const squares = n * (spent * spent + 1);
  const products = { yy: h * h * squares, yd: h * h * n * spent * visits, dd: h * h * n * visits * visits };
  const unitSums = { n, y: h * n * spent, d: h * n * visits, ...products, x: 0, xx: 0, xy: 0, xd: 0 };
  return { n, sum: n * spent, sumSquares: squares, unitSums };
}

/** Of zeros and ones. */
function sumsOf(n: number, sum: number, h: number): Partial<Evidence> {
  const products = { yy: h * h * sum, yd: h * h * sum, dd: h * h * n };
  const unitSums = { n, y: h * sum, d: h * n, ...products, x: 0, xx: 0, xy: 0, xd: 0 };
  return { n, sum, sumSquares: sum, unitSums };
}
