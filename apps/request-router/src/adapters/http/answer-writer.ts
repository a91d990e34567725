// Writes the answers that a turn of the loop has brought one after the other at its end: who reads them is woken once, not for each.
import { type ServerResponse } from 'node:http';
import { type Answer } from '../../domain/prediction';
import { startAnswer } from './send-answer';

interface DueAnswer {
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly unread: () => void;
}

/** Up to here head and body go out as one text: one write to the system without a list of parts. */
const mostJoinedBytes = 16_384;

export class AnswerWriter {
  private due: DueAnswer[] = [];

  /** `unread` is called when the caller's side has not taken all of the answer at once. */
  write(response: ServerResponse, answer: Answer, predictionId: string, unread: () => void): void {
    startAnswer(response, answer, predictionId);
    if (this.due.push({ response, body: answer.body, unread }) === 1) setImmediate(() => this.writeDue());
  }

  private writeDue(): void {
    const { due } = this;
    this.due = [];
    for (const { response, body, unread } of due) {
      // Latin-1 is the bytes as they are
      if (body.length <= mostJoinedBytes) response.end(body.toString('latin1'), 'latin1');
      else response.end(body);
      if (response.writableLength > 0) unread();
    }
  }
}
