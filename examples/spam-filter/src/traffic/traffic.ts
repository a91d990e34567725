// The traffic: predictions at their times, whether or not the ones before are answered, and their outcomes afterwards.
import { uuidv7 } from 'uuidv7';
import { type Answer, type RouterClient } from './ask-router';
import { CallerBook } from './caller-book';
import { Observation } from './observation';
import { type Mailbox } from './mailboxes';
import { type OutcomeReporter } from './outcome-reporter';
import { type PlannedPrediction } from './plan-traffic';
import { type KafkaRequester } from './request-over-kafka';

export interface TrafficParts {
  readonly plan: Iterator<PlannedPrediction, never>;
  readonly router: Pick<RouterClient, 'ask'>;
  /** Without it, what was planned for Kafka goes over HTTP. */
  readonly kafka?: Pick<KafkaRequester, 'request'> | undefined;
  readonly outcomes: Pick<OutcomeReporter, 'report'>;
  readonly rememberIds: boolean;
}

export const metric = 'correct';

/** Predictions that may wait for their answers at once; past it callers hold back, as people would. */
const mostInFlight = 2_000;

export class Traffic {
  readonly book: CallerBook;
  /** Outcomes reported a second time: what they are found to be is part of the books. */
  outcomesSentAgain = 0;
  private readonly inFlight = new Set<Promise<void>>();
  private observations: { readonly observation: Observation; readonly of: (mailbox: Mailbox) => boolean }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private nextAtMs = 0;
  private next: PlannedPrediction | undefined;

  constructor(private readonly parts: TrafficParts) {
    this.book = new CallerBook(parts.rememberIds);
  }

  start(): void {
    this.nextAtMs = performance.now();
    this.pump();
  }

  /** Sends nothing more; resolves when every prediction has its answer. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  /** Predictions that have no answer yet. */
  get waiting(): number {
    return this.inFlight.size;
  }

  /** Begins to observe answers given under this policy or a later one, to all mailboxes or to some. */
  observe(fromPolicy = 0, of: (mailbox: Mailbox) => boolean = () => true): Observation {
    const observation = new Observation(fromPolicy);
    this.observations.push({ observation, of });
    return observation;
  }

  endObservation(observation: Observation): void {
    this.observations = this.observations.filter((each) => each.observation !== observation);
  }

  private pump(): void {
    const now = performance.now();
    if (now - this.nextAtMs > 5_000) this.nextAtMs = now; // the process slept: what it missed is not made up for
    while (this.nextAtMs <= now && this.inFlight.size < mostInFlight) {
      const planned = (this.next ??= this.parts.plan.next().value);
      this.send(planned);
      this.next = this.parts.plan.next().value;
      this.nextAtMs += this.next.gapMs;
    }
    this.timer = setTimeout(() => this.pump(), Math.max(1, this.nextAtMs - performance.now()));
  }

  private send(planned: PlannedPrediction): void {
    const predictionId = uuidv7();
    const { kafka } = this.parts;
    const overKafka = planned.over === 'kafka' && kafka;
    this.book.noteSent(predictionId, overKafka ? 'kafka' : 'http');
    const sending = overKafka
      ? this.sendOverKafka(kafka, planned, predictionId)
      : this.sendOverHttp(planned, predictionId);
    const tracked = sending.finally(() => this.inFlight.delete(tracked));
    this.inFlight.add(tracked);
  }

  private async sendOverHttp(planned: PlannedPrediction, predictionId: string): Promise<void> {
    const answer = await this.parts.router.ask(planned, predictionId);
    if ('problem' in answer) return this.book.noteUnanswered(answer);
    this.note(planned, answer);
    this.reportOutcomes(planned, predictionId);
  }

  private async sendOverKafka(
    kafka: Pick<KafkaRequester, 'request'>,
    planned: PlannedPrediction,
    predictionId: string,
  ): Promise<void> {
    if (!(await kafka.request(planned, predictionId)))
      return this.book.noteUnanswered({ predictionId, problem: 'Kafka did not take the request' });
    this.reportOutcomes(planned, predictionId);
  }

  private note(planned: PlannedPrediction, answer: Answer): void {
    this.book.noteAnswer(answer, planned.mail.label);
    for (const { observation, of } of this.observations)
      if (of(planned.mailbox)) observation.add(planned.mailbox.unit, answer);
  }

  private reportOutcomes({ mail, outcomeDelaysMs }: PlannedPrediction, predictionId: string): void {
    this.outcomesSentAgain += Math.max(0, outcomeDelaysMs.length - 1);
    for (const delayMs of outcomeDelaysMs)
      this.parts.outcomes.report({ predictionId, metric, value: mail.label }, delayMs);
  }
}
