// One rollback by evidence, with the time it took from the breach in the evidence to no traffic on the candidate.
import { eventually } from '@weir/testing';
import { reached, stage, type RolloutAnswer } from './stage';
import { readTopic } from './tap';
import { type System } from './system';
import { Traffic } from './traffic';

export interface RolledBack {
  readonly rollout: RolloutAnswer;
  readonly traffic: Traffic;
  /** From the end of the window that breached to the last router's instant of serving without the candidate, milliseconds. */
  readonly reactionMs: number;
  /** From the first failing answer of the candidate to the same instant, milliseconds. */
  readonly detectionMs: number;
}

interface Applied {
  readonly router: string;
  readonly models: Readonly<Record<string, { readonly revision: number }>>;
  readonly at: string;
}

/** A candidate on 10 % that begins to fail while traffic flows. */
export async function rollBackOnce(system: System, model: string, seed: number): Promise<RolledBack> {
  const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
  const canary = { steps: ['10%', '30%', '50%'], every: '10m', advance: 'evidence', guardrails };
  const staged = await stage(system, model, canary);
  try {
    const { router, collector } = system.run();
    const options = { routers: router, collector, model, ratePerSecond: 150, units: 2_000, never: 1, seed };
    const traffic = new Traffic(options);
    const running = traffic.run();
    await eventually(() => traffic.answers.length > 300);
    staged.v2.behaviour = { kind: 'answer', status: 500 };
    const failingAtMs = Date.now();
    const rollout = await reached(system, staged.rollout, 'rolled-back', 60_000);
    await traffic.stop();
    await running;
    const servedWithoutAtMs = await lastApplied(system, model, router.length);
    const breachedAtMs = await breached(system, staged.rollout);
    return {
      rollout,
      traffic,
      reactionMs: servedWithoutAtMs - breachedAtMs,
      detectionMs: servedWithoutAtMs - failingAtMs,
    };
  } finally {
    await Promise.all([staged.v1.stop(), staged.v2.stop()]);
  }
}

/** When the last of the routers first said that it serves by the policy of the rollback, by its own clock. */
async function lastApplied(system: System, model: string, routers: number): Promise<number> {
  const { body } = await system.api<{ revision: number }>('GET', `/models/${model}/policy`);
  return eventually(async () => {
    const said = (await readTopic(system.run().kafkaBrokers, system.topic('weir.policy-applied.v1')))
      .map(({ value }) => value as Applied)
      .filter(({ models }) => (models[model]?.revision ?? 0) >= body.revision);
    const firsts = new Map<string, number>();
    for (const { router, at } of said) firsts.set(router, Math.min(firsts.get(router) ?? Infinity, Date.parse(at)));
    return firsts.size >= routers && Math.max(...firsts.values());
  });
}

/** The end of the last window that was judged: evidence is folded no further once it has breached. */
async function breached(system: System, rollout: string): Promise<number> {
  const { body } = await system.api<{ through: { to: string } | null }>('GET', `/rollouts/${rollout}/evidence`);
  if (!body.through) throw new Error('no evidence was judged');
  return Date.parse(body.through.to);
}
