// A model with a shadow beside its stable, and what the comparator says of it.
import { createProducer, toRecord } from '@weir/bus';
import { predictionRequested, type PredictionRequested } from '@weir/contracts';
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { applied, type RolloutAnswer } from './stage';
import { type System } from './system';

export interface ServerBehaviour {
  readonly kind: 'answer' | 'hang' | 'garbage';
  readonly latencyMs: number;
}

/** A model server in a process of its own, for it may be killed and must not slow whoever measures. */
export class SickServer {
  private port = 0;
  private constructor(private child: ChildProcess) {}

  static async start(): Promise<SickServer> {
    const server = new SickServer(launch(0));
    server.port = await portOf(server.child);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  behave(behaviour: ServerBehaviour): void {
    this.child.send(behaviour);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** On the port it had. */
  async resume(): Promise<void> {
    await this.stop();
    this.child = launch(this.port);
    await portOf(this.child);
  }
}

function launch(port: number): ChildProcess {
  return fork(join(__dirname, 'sick-server.mjs'), [String(port)], { execArgv: [] });
}

async function portOf(child: ChildProcess): Promise<number> {
  const [port] = (await once(child, 'message')) as [number];
  return port;
}

export interface ShadowedModel {
  readonly model: string;
  readonly stable: string;
  /** Undefined: none. */
  readonly shadow: string | undefined;
  readonly timeout?: string;
  readonly shadowStage?: object;
  /** Of the model: versions of its segments. */
  readonly targets?: readonly object[];
}

/** Gives the rollout's id; an empty one where there is no shadow. The stage lasts longer than any test. */
export async function stageShadow(system: System, of: ShadowedModel): Promise<string> {
  const { model, stable, shadow, timeout = '2s', shadowStage = {}, targets = [] } = of;
  const { status, body } = await system.api('PUT', `/models/${model}`, {
    ...{ name: model, timeout, stable: 'v1', targets },
    versions: {
      v1: { instances: [stable] },
      ...(shadow !== undefined && { v2: { instances: [shadow] } }),
    },
    metrics: { correct: { type: 'truth', output: 'label', direction: 'up', within: '60s', missing: 'ignore' } },
  });
  if (status >= 300) throw new Error(`PUT /models/${model}: ${status} ${JSON.stringify(body)}`);
  if (shadow === undefined) return '';
  const compare = { outputs: { label: 'label' }, agreement: 0.001 };
  const stage = { duration: '2h', maxDuration: '4h', minPairs: 100_000_000, compare, ...shadowStage };
  const rollout = await system.api<RolloutAnswer>('POST', '/rollouts', {
    ...{ model, candidates: ['v2'], stages: [{ shadow: stage }] },
  });
  if (rollout.status !== 201) throw new Error(`POST /rollouts: ${rollout.status} ${JSON.stringify(rollout.body)}`);
  await applied(system, rollout.body.id);
  return rollout.body.id;
}

export interface Comparisons {
  readonly counts: Readonly<Record<string, number>>;
  readonly load: { readonly calls: number; readonly coverage: number | null };
}

export async function comparisonsOf(system: System, rollout: string): Promise<Comparisons> {
  const response = await fetch(`${system.run().comparator}/api/v1/comparisons/${rollout}`);
  if (!response.ok) throw new Error(`comparisons: ${response.status}`);
  const { stages } = (await response.json()) as { stages: Comparisons[] };
  return stages[0] ?? { counts: {}, load: { calls: 0, coverage: null } };
}

/** Predictions by result: each is in one of them. */
export function resultsOf({ counts }: Comparisons): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([name]) => /^(?:compared$|skipped\.|failed\.)/.test(name)));
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Predictions asked for over Kafka. */
export async function askOverKafka(
  system: System,
  asked: readonly Pick<PredictionRequested, 'model' | 'unit' | 'attributes'>[],
): Promise<void> {
  const topicPrefix = system.topic('');
  const producer = createProducer({ brokers: system.run().kafkaBrokers.split(','), clientId: 'asker', topicPrefix });
  const request = { inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] };
  const events = asked.map((one) => ({ predictionId: randomUUID(), request, ...one }));
  await producer.send(events.map((event) => toRecord(predictionRequested, event)));
  await producer.close();
}
