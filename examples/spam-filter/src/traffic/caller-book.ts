// The callers' book: every prediction they sent and what they were answered, to be held against the system's books.
import { type Label } from '../corpus';
import { type Answer, type Unanswered } from './ask-router';

export interface VersionRecord {
  readonly answered: number;
  /** Answers whose label was right. */
  readonly right: number;
}

export class CallerBook {
  readonly sentOverHttp = new Set<string>();
  readonly sentOverKafka = new Set<string>();
  readonly byStatus = new Map<number, number>();
  readonly byVersion = new Map<string, VersionRecord>();
  /** The version that was assigned, by prediction. */
  readonly assigned = new Map<string, string>();
  readonly unanswered: Unanswered[] = [];
  sent = 0;
  answered = 0;
  retries = 0;

  /** `remember: false` keeps counts only: traffic that flows for weeks is not reconciled. */
  constructor(private readonly remember: boolean) {}

  noteSent(predictionId: string, over: 'http' | 'kafka'): void {
    this.sent++;
    if (this.remember) (over === 'http' ? this.sentOverHttp : this.sentOverKafka).add(predictionId);
  }

  noteAnswer(answer: Answer, truth: Label): void {
    this.answered++;
    this.retries += answer.attempts - 1;
    this.byStatus.set(answer.status, (this.byStatus.get(answer.status) ?? 0) + 1);
    if (this.remember) this.assigned.set(answer.predictionId, answer.assigned);
    const { answered, right } = this.byVersion.get(answer.answeredBy) ?? { answered: 0, right: 0 };
    const hit = answer.label === truth ? 1 : 0;
    this.byVersion.set(answer.answeredBy, { answered: answered + 1, right: right + hit });
  }

  noteUnanswered(unanswered: Unanswered): void {
    if (this.unanswered.length < 1_000) this.unanswered.push(unanswered);
  }

  /** Answers over HTTP that carried a prediction. */
  get answeredWell(): number {
    return [...this.byStatus].reduce((sum, [status, count]) => sum + (status >= 200 && status < 300 ? count : 0), 0);
  }
}
