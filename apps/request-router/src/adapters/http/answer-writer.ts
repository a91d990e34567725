// Writes the answers that a turn of the loop has brought one after the other at its end: who reads them is woken once, not for each.
import { type Answer } from '../../domain/prediction';
import { type Caller } from './caller';
import { startAnswer, startOverloaded } from './send-answer';

interface DueAnswer {
  readonly caller: Caller;
  readonly body: Buffer | string;
  readonly unread: () => void;
}

/** Up to here head and body go out as one text, which Node takes to the system in fewer steps. */
const mostJoinedBytes = 16_384;
const nobodyWaits = (): void => undefined;

export class AnswerWriter {
  private due: DueAnswer[] = [];

  /** `unread` is called when the caller's side has not taken all of the answer at once. */
  write(caller: Caller, answer: Answer, predictionId: string, unread: () => void): void {
    startAnswer(caller, answer, predictionId);
    const { body } = answer;
    // Latin-1 is the bytes as they are
    this.soon({ caller, body: body.length <= mostJoinedBytes ? body.toString('latin1') : body, unread });
  }

  /** There is no room for it. */
  refuse(caller: Caller): void {
    this.soon({ caller, body: startOverloaded(caller), unread: nobodyWaits });
  }

  private soon(answer: DueAnswer): void {
    if (this.due.push(answer) === 1) setImmediate(() => this.writeDue());
  }

  private writeDue(): void {
    const { due } = this;
    this.due = [];
    for (const { caller, body, unread } of due) {
      caller.end(body);
      if (caller.unreadBytes > 0) unread();
    }
  }
}
