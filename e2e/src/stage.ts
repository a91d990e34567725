// What most scenarios need: a model with a stable v1 and a candidate v2, and a canary, moved by hand or by evidence.
import { eventually, ModelServer } from '@weir/testing';
import { type System } from './system';

export interface Staged {
  readonly model: string;
  readonly v1: ModelServer;
  readonly v2: ModelServer;
  readonly rollout: string;
}

export interface RolloutAnswer {
  id: string;
  revision: number;
  state: string;
  reason: string;
  stage: number;
  step: number;
  winner?: string;
  weights: { desired: Record<string, number>; applied: Record<string, number> | null };
  verdicts: { name: string; verdict: string; breached: boolean; sentence: string }[];
  /** Of each shadow stage and candidate. */
  comparisons: { candidate: string; pairs: number; agreement: { value: number } | null }[];
}

/** A canary that only people move. */
export async function stageCanary(
  system: System,
  model: string,
  steps = ['10%', '30%', '50%'],
  timeout?: string,
): Promise<Staged> {
  return stage(system, model, { steps: steps.map((weight) => ({ weight, hold: 'manual' })) }, timeout);
}

export function stage(system: System, model: string, canary: object, timeout?: string): Promise<Staged> {
  return stageChain(system, model, [{ canary }], timeout);
}

/** A chain of stages, as a manifest has them. */
export async function stageChain(
  system: System,
  model: string,
  stages: readonly object[],
  timeout = '30s', // patient: a busy machine is not the fault under test
): Promise<Staged> {
  const [v1, v2] = await Promise.all([
    ModelServer.start({ name: 'v1', label: 'spam' }),
    ModelServer.start({ name: 'v2', label: 'spam' }),
  ]);
  await put(system, model, v1, v2, timeout);
  const rollout = await submit(system, model, stages);
  await applied(system, rollout);
  return { model, v1, v2, rollout };
}

async function put(system: System, model: string, v1: ModelServer, v2: ModelServer, timeout: string): Promise<void> {
  const { status, body } = await system.api('PUT', `/models/${model}`, {
    name: model,
    protocol: 'open-inference',
    timeout,
    stable: 'v1',
    versions: { v1: { instances: [v1.url] }, v2: { instances: [v2.url] } },
    metrics: {
      correct: { type: 'truth', output: 'label', direction: 'up', within: '60s', missing: 'ignore' },
      clicked: { type: 'binary', direction: 'up', per: 'prediction', within: '5s', missing: 'zero' },
    },
  });
  if (status >= 300) throw new Error(`PUT /models/${model}: ${status} ${JSON.stringify(body)}`);
}

async function submit(system: System, model: string, stages: readonly object[]): Promise<string> {
  const { status, body } = await system.api<RolloutAnswer>('POST', '/rollouts', {
    model,
    candidates: ['v2'],
    stages,
  });
  if (status !== 201) throw new Error(`POST /rollouts: ${status} ${JSON.stringify(body)}`);
  return body.id;
}

async function rolloutOf(system: System, rollout: string): Promise<RolloutAnswer> {
  return (await system.api<RolloutAnswer>('GET', `/rollouts/${rollout}`)).body;
}

/** Waits until the rollout is in that state. */
export async function reached(
  system: System,
  rollout: string,
  state: string,
  timeoutMs: number,
): Promise<RolloutAnswer> {
  const look = async () => {
    const body = await rolloutOf(system, rollout);
    return body.state === state && body;
  };
  return eventually(look, { timeoutMs, everyMs: 100 });
}

/** Waits until every router serves by the weights that are desired. */
export async function applied(system: System, rollout: string): Promise<RolloutAnswer> {
  return eventually(async () => {
    const body = await rolloutOf(system, rollout);
    return JSON.stringify(body.weights.applied) === JSON.stringify(body.weights.desired) && body;
  });
}

export async function command(
  system: System,
  rollout: string,
  action: string,
  reason = 'tested',
): Promise<RolloutAnswer> {
  const { status, body } = await system.api<RolloutAnswer>('POST', `/rollouts/${rollout}/${action}`, { reason });
  if (status !== 202) throw new Error(`${action}: ${status} ${JSON.stringify(body)}`);
  return body;
}
