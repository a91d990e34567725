// A bandit over three versions, and callers who like one of them better than the others and say so through Kafka.
import { ModelServer } from '@weir/testing';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { seeded } from './seeded';
import { applied, type RolloutAnswer } from './stage';
import { type System } from './system';
import { type Answer, type Traffic } from './traffic';

const versions = ['v1', 'v2', 'v3'] as const;
type Version = (typeof versions)[number];

export interface StagedBandit {
  readonly model: string;
  readonly servers: Readonly<Record<Version, ModelServer>>;
  readonly rollout: string;
}

export interface BanditAnswer extends RolloutAnswer {
  readonly bandits: readonly {
    arms: Record<
      string,
      {
        weightBps: number;
        outcomes: number;
        mean: number | null;
        standardError: number | null;
        probabilityBest: number | null;
        effectiveSamples: number | null;
        out: { reason: string } | null;
      }
    >;
    allocation: { sequence: number; leader: string; separated: boolean | null; stop: boolean } | null;
    decision: { kind: string; winner: string | null } | null;
  }[];
}

/** @param labels what a version says, where that is not spam. */
export async function startVersions(
  labels: Readonly<Partial<Record<Version, string>>> = {},
): Promise<Record<Version, ModelServer>> {
  const servers = await Promise.all(versions.map((name) => ModelServer.start({ name, label: labels[name] ?? 'spam' })));
  return Object.fromEntries(versions.map((name, index) => [name, servers[index]])) as Record<Version, ModelServer>;
}

export async function stageBandit(
  system: System,
  model: string,
  bandit: object,
  servers: Record<Version, ModelServer>,
): Promise<StagedBandit> {
  await putLiked(system, model, servers);
  const rollout = await submitStage(system, model, { bandit: { metric: 'liked', ...bandit } }, ['v2', 'v3']);
  return { model, servers, rollout };
}

/** A model of v1 to v3 whose answers are liked or not, and right or not. */
export async function putLiked(system: System, model: string, servers: Record<Version, ModelServer>): Promise<void> {
  const shared = { direction: 'up', within: '60s', missing: 'ignore' };
  const put = await system.api('PUT', `/models/${model}`, {
    ...{ name: model, timeout: '30s', stable: 'v1' }, // patient: a busy machine is not the fault under test
    versions: Object.fromEntries(versions.map((name) => [name, { instances: [servers[name].url] }])),
    metrics: { liked: { type: 'binary', ...shared }, right: { type: 'truth', output: 'label', ...shared } },
  });
  if (put.status >= 300) throw new Error(`PUT /models/${model}: ${put.status} ${JSON.stringify(put.body)}`);
}

export async function submitStage(
  system: System,
  model: string,
  stage: object,
  candidates: readonly string[],
): Promise<string> {
  const submitted = await system.api<RolloutAnswer>('POST', '/rollouts', { model, candidates, stages: [stage] });
  if (submitted.status !== 201) throw new Error(`POST /rollouts: ${JSON.stringify(submitted.body)}`);
  await applied(system, submitted.body.id);
  return submitted.body.id;
}

export async function banditOf(system: System, rollout: string): Promise<BanditAnswer> {
  return (await system.api<BanditAnswer>('GET', `/rollouts/${rollout}`)).body;
}

export interface Liking {
  readonly seed: number;
  /** By version: the share of its answers that are liked. */
  readonly rates: Readonly<Record<string, number>>;
}

/** Reports over Kafka what callers thought of their answers: once each, as they come. */
export class LikesOverKafka {
  private readonly producer: Producer;
  private readonly random: () => number;
  private told = 0;
  private running = true;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly system: System,
    private readonly traffic: Traffic,
    private readonly liking: Liking,
  ) {
    const kafka = new Kafka({
      clientId: 'likes',
      brokers: system.run().kafkaBrokers.split(','),
      logLevel: logLevel.NOTHING,
    });
    this.producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    this.random = seeded(liking.seed);
  }

  async start(): Promise<void> {
    await this.producer.connect();
    const next = async (): Promise<void> => {
      while (this.running) {
        await this.tell();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    this.round = next();
  }

  /** After the traffic has stopped: what is left is told too. */
  async stop(): Promise<void> {
    this.running = false;
    await this.round;
    await this.tell();
    await this.producer.disconnect();
  }

  private async tell(): Promise<void> {
    const fresh = this.traffic.answers.slice(this.told).filter(({ status }) => status === 200);
    this.told = this.traffic.answers.length;
    if (fresh.length === 0) return;
    const messages = fresh.map((answer) => ({
      key: answer.predictionId,
      value: JSON.stringify(this.outcomeOf(answer)),
    }));
    await this.producer.send({ topic: this.system.topic('weir.outcome-reported.v1'), messages });
    this.traffic.outcomesSent += messages.length;
  }

  private outcomeOf({ predictionId, version }: Answer): object {
    const value = this.random() < (this.liking.rates[version ?? ''] ?? 0);
    return { predictionId, metric: 'liked', value };
  }
}
