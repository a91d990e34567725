// Callers with attributes of their own, who say at once what they thought of their answers.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type System } from './system';
import { reportOutcome } from './traffic';

export interface Call {
  readonly unit: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What is reported of the answer, by metric; nothing: an empty object. */
  readonly thinks: (version: string) => Readonly<Record<string, unknown>>;
}

export interface CallersOptions {
  readonly model: string;
  readonly ratePerSecond: number;
  readonly next: () => Call;
}

export class Callers {
  /** Predictions answered, by version. */
  readonly answered: Record<string, number> = {};
  outcomes = 0;
  private running = true;
  private readonly due: unknown[] = [];
  private readonly asking = new Set<Promise<void>>();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly system: System,
    private readonly options: CallersOptions,
  ) {}

  start(): this {
    this.loop = this.run();
    return this;
  }

  /** Resolves when all is answered, and all that was thought of it is taken. */
  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
    await Promise.all(this.asking);
    await this.tell();
  }

  /** Asks nothing more, and says no more of what it has had: a test that failed leaves no caller behind. */
  async leave(): Promise<void> {
    this.running = false;
    await Promise.allSettled([this.loop, ...this.asking]);
  }

  private async run(): Promise<void> {
    const everyMs = 50;
    while (this.running) {
      const count = Math.max(1, Math.round((this.options.ratePerSecond * everyMs) / 1_000));
      for (let index = 0; index < count; index += 1) {
        const asked = this.ask(this.options.next(), index).finally(() => this.asking.delete(asked));
        this.asking.add(asked);
      }
      await pause(everyMs);
      await this.tell();
    }
  }

  private async ask({ unit, attributes, thinks }: Call, turn: number): Promise<void> {
    const { router } = this.system.run();
    const predictionId = randomUUID();
    const response = await fetch(`${router[turn % router.length]}/v2/models/${this.options.model}/infer`, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', 'x-weir-unit': unit, 'x-weir-prediction-id': predictionId },
        ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`x-weir-attr-${name}`, value])),
      },
      body: JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] }),
    });
    await response.arrayBuffer();
    const version = response.headers.get('x-weir-version') ?? '';
    if (response.status !== 200) throw new Error(`${this.options.model}: ${response.status}`);
    this.answered[version] = (this.answered[version] ?? 0) + 1;
    for (const [metric, value] of Object.entries(thinks(version))) this.due.push({ predictionId, metric, value });
  }

  private async tell(): Promise<void> {
    while (this.due.length > 0) {
      const told = this.due.splice(0, 500);
      await reportOutcome(this.system.run().collector, told);
      this.outcomes += told.length;
    }
  }
}
