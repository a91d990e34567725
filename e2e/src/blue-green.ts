// One blue-green under load: switched and switched back, with how long each took and whom each router's callers met.
import { eventually } from '@weir/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { applied, command, reached, type RolloutAnswer } from './stage';
import { readTopic } from './tap';
import { type System } from './system';

/** An answer as its caller had it. Instants in milliseconds since the epoch. */
export interface Met {
  readonly router: string;
  readonly status: number;
  readonly version: string | null;
  /** The revision of the policy that it was decided by. */
  readonly policy: number;
  readonly sentAtMs: number;
  readonly doneAtMs: number;
}

/** Callers of each router at a steady rate, open loop. */
export class Callers {
  readonly met: Met[] = [];
  readonly failed: string[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private running = true;

  constructor(
    private readonly routers: readonly string[],
    private readonly model: string,
    private readonly perSecond: number,
  ) {}

  async run(): Promise<void> {
    const startedMs = performance.now();
    for (let sent = 0; this.running; sent += 1) {
      const waitMs = startedMs + (sent * 1_000) / this.perSecond - performance.now();
      if (waitMs > 1) await pause(waitMs);
      const call = this.predict(sent).finally(() => this.underWay.delete(call));
      this.underWay.add(call);
    }
    await Promise.all(this.underWay);
  }

  stop(): void {
    this.running = false;
  }

  private async predict(number: number): Promise<void> {
    const router = this.routers[number % this.routers.length] ?? '';
    const sentAtMs = Date.now();
    try {
      const response = await fetch(`${router}/v2/models/${this.model}/infer`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-weir-unit': `unit-${number % 1_000}`,
          'x-weir-prediction-id': randomUUID(),
        },
        body: JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] }),
        signal: AbortSignal.timeout(60_000),
      });
      await response.arrayBuffer();
      const { status, headers } = response;
      const version = headers.get('x-weir-version');
      const policy = Number(headers.get('x-weir-policy'));
      this.met.push({ router, status, version, policy, sentAtMs, doneAtMs: Date.now() });
      if (status !== 200) this.failed.push(`${router}: ${status}`);
    } catch (error) {
      this.failed.push(`${router}: ${String((error as Error).cause ?? error)}`);
    }
  }
}

export interface Switched {
  /** From the command to the last router's word that it serves by the policy that follows, milliseconds. */
  readonly switchMs: number;
  readonly backMs: number;
  /** Answers by a policy of the bake that green did not give, and answers by blue to what was sent after the router had switched. */
  readonly strays: readonly Met[];
}

const patience = { timeoutMs: 60_000, everyMs: 50 };

/** Approved when nothing else is missing, left alone for a second, and aborted. */
export async function switchAndBack(system: System, model: string, callers: Callers): Promise<Switched> {
  const rollout = await submit(system, model);
  await eventually(async () => {
    const { waitingFor } = await view(system, rollout);
    return waitingFor.length === 1 && waitingFor[0]?.startsWith('a person: approve');
  }, patience);
  const approvedAtMs = Date.now();
  await command(system, rollout, 'approve');
  const baked = await eventually(async () => {
    const seen = await view(system, rollout);
    return seen.step === 2 && seen;
  }, patience);
  await applied(system, rollout);
  const forward = await saidBy(system, model, baked.weights.policyRevision);
  await pause(1_000);
  const abortedAtMs = Date.now();
  await command(system, rollout, 'abort');
  await reached(system, rollout, 'rolled-back', 60_000);
  const { body } = await system.api<{ revision: number }>('GET', `/models/${model}/policy`);
  const back = await saidBy(system, model, body.revision);
  const bake = { from: baked.weights.policyRevision, to: body.revision };
  return {
    switchMs: Math.max(...forward) - approvedAtMs,
    backMs: Math.max(...back) - abortedAtMs,
    strays: straysOf(callers.met, bake),
  };
}

/** @param bake the revisions by which green has all of the traffic, `to` excluded. */
export function straysOf(met: readonly Met[], bake: { readonly from: number; readonly to: number }): Met[] {
  const isBake = ({ policy }: Met) => policy >= bake.from && policy < bake.to;
  const switched = new Map<string, number>();
  for (const { router, doneAtMs } of met.filter(isBake))
    switched.set(router, Math.min(switched.get(router) ?? Infinity, doneAtMs));
  const back = met.filter(({ policy }) => policy >= bake.to).map(({ sentAtMs }) => sentAtMs);
  const endMs = Math.min(Infinity, ...back);
  return met.filter((each) => {
    if (isBake(each)) return each.version !== 'v2';
    const isAfter = each.sentAtMs > (switched.get(each.router) ?? Infinity) && each.doneAtMs < endMs;
    return isAfter && each.version !== 'v2';
  });
}

interface View extends RolloutAnswer {
  readonly waitingFor: readonly string[];
  readonly weights: RolloutAnswer['weights'] & { readonly policyRevision: number };
}

async function view(system: System, rollout: string): Promise<View> {
  return (await system.api<View>('GET', `/rollouts/${rollout}`)).body;
}

async function submit(system: System, model: string): Promise<string> {
  const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
  const blueGreen = { preview: '1s', approve: true, bake: '10m', guardrails };
  const body = { model, candidates: ['v2'], stages: [{ blueGreen }] };
  const answer = await system.api<{ id: string }>('POST', '/rollouts', body);
  if (answer.status !== 201) throw new Error(`POST /rollouts: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

interface Applied {
  readonly router: string;
  readonly models: Readonly<Record<string, { readonly revision: number }>>;
  readonly at: string;
}

/** When each router first said that it serves by this revision or a later one, by its own clock. */
export function saidBy(system: System, model: string, revision: number): Promise<number[]> {
  const { router, kafkaBrokers } = system.run();
  return eventually(async () => {
    const firsts = new Map<string, number>();
    for (const { value } of await readTopic(kafkaBrokers, system.topic('weir.policy-applied.v1'))) {
      const said = value as Applied;
      if ((said.models[model]?.revision ?? 0) < revision) continue;
      firsts.set(said.router, Math.min(firsts.get(said.router) ?? Infinity, Date.parse(said.at)));
    }
    return firsts.size >= router.length && [...firsts.values()];
  }, patience);
}
