// Simulated users ask the router for films, and click now and then: most of them never, the others some seconds later.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Film } from './catalogue';
import { exponential, streamOf, type Random } from './random';
import { versionNames, type Recommend, type VersionName } from './recommenders';
import { type Chance } from './regret';
import { type Settings } from './settings';
import { clickDelayMs, clickProbability, userCount, userOf, type User } from './users';

export interface Catalogue {
  readonly films: readonly Film[];
  readonly genres: readonly string[];
  readonly recommenders: Readonly<Record<VersionName, Recommend>>;
}

interface Click {
  readonly predictionId: string;
  readonly metric: 'clicked';
  readonly value: true;
}

const reportEveryMs = 250;
const patienceMs = 20_000;

/** A router that cannot be reached is asked again, as a browser does: with the same id it is one prediction. */
async function patiently(ask: (attempt: number) => Promise<Response>): Promise<Response> {
  const until = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1)
    try {
      return await ask(attempt);
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(250);
    }
}

export class Traffic {
  readonly chances: Chance[] = [];
  clicks = 0;
  unanswered = 0;
  problem: string | undefined;
  private readonly random: { readonly gap: Random; readonly user: Random; readonly click: Random };
  private due: Click[] = [];
  private nextMs = performance.now();
  private running = false;
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly catalogue: Catalogue,
  ) {
    const { seed } = settings;
    this.random = { gap: streamOf(seed, 'gap'), user: streamOf(seed, 'user'), click: streamOf(seed, 'click') };
  }

  start(): void {
    this.running = true;
    this.nextMs = performance.now();
    this.beat();
    this.timer = setInterval(() => {
      this.flushing = this.flushing.then(() => this.flush());
    }, reportEveryMs);
  }

  async stop(): Promise<void> {
    this.running = false;
    clearInterval(this.timer);
    await this.flushing;
  }

  /** What is due is sent, in the order of the plan, however late the beat comes. */
  private beat(): void {
    if (!this.running) return;
    for (
      const now = performance.now();
      this.nextMs <= now;
      this.nextMs += exponential(this.random.gap, 1_000 / this.settings.rate)
    )
      void this.ask().catch((error: unknown) => this.fail(error));
    setTimeout(() => this.beat(), 5);
  }

  private fail(error: unknown): void {
    this.unanswered += 1;
    this.problem = error instanceof Error ? error.message : String(error);
  }

  private async ask(): Promise<void> {
    const user = userOf(Math.floor(this.random.user() * userCount), this.catalogue.genres);
    const [luck, delayMs] = [this.random.click(), clickDelayMs(this.random.click)];
    const predictionId = randomUUID();
    const arm = await this.recommended(user, predictionId);
    const probabilities = Object.fromEntries(
      versionNames.map((version) => [
        version,
        clickProbability(user, this.catalogue.recommenders[version]({ user: user.name, genre: user.genre })),
      ]),
    ) as Record<VersionName, number>;
    this.chances.push({ device: user.device, arm, probabilities });
    if (luck >= probabilities[arm]) return;
    setTimeout(() => this.due.push({ predictionId, metric: 'clicked', value: true }), delayMs).unref();
  }

  /** Which version answered. */
  private async recommended({ name, genre, device }: User, predictionId: string): Promise<VersionName> {
    const { WEIR_ROUTER: routers, WEIR_API_KEY, WEIR_PRODUCER_AUTH } = this.settings;
    const input = (of: string, data: string) => ({ name: of, shape: [1], datatype: 'BYTES', data: [data] });
    const response = await patiently((attempt) =>
      fetch(`${routers[(this.chances.length + attempt) % routers.length]}/v2/models/recommender/infer`, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', 'x-weir-unit': name, 'x-weir-attr-device': device },
          'x-weir-prediction-id': predictionId,
          ...(WEIR_PRODUCER_AUTH === 'required' && { authorization: `Bearer ${WEIR_API_KEY}` }),
        },
        body: JSON.stringify({ inputs: [input('user', name), input('genre', genre)] }),
        signal: AbortSignal.timeout(10_000),
      }),
    );
    const text = await response.text();
    const version = versionNames.find((each) => each === response.headers.get('x-weir-version'));
    if (!response.ok || !version) throw new Error(`the router answered ${response.status}: ${text.slice(0, 200)}`);
    return version;
  }

  private async flush(): Promise<void> {
    const outcomes = this.due.splice(0, 1_000);
    if (outcomes.length === 0) return;
    try {
      const { WEIR_COLLECTOR, WEIR_API_KEY, WEIR_PRODUCER_AUTH } = this.settings;
      const response = await fetch(`${WEIR_COLLECTOR}/api/v1/outcomes`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(WEIR_PRODUCER_AUTH === 'required' && { authorization: `Bearer ${WEIR_API_KEY}` }),
        },
        body: JSON.stringify({ outcomes }),
        signal: AbortSignal.timeout(10_000),
      });
      if (response.status !== 202) throw new Error(`the collector answered ${response.status}`);
      this.clicks += outcomes.length;
    } catch (error) {
      this.due = [...outcomes, ...this.due]; // again with the next beat: one outcome of an id counts once
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}
