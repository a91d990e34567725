// Heads of answers, read once while they stay the same: most servers say the same head again and again.
import { readHead, type Head, type Problem } from './read-head';

const longestKept = 4_096;

/** One per instance. Equal heads become one and the same object, headers included. */
export class HeadReader {
  private lastText: string | undefined;
  private last: Head | undefined;

  read(text: string): Head | Problem {
    if (this.last && text === this.lastText) return this.last;
    const head = readHead(text);
    if ('problem' in head || text.length > longestKept) return head;
    this.lastText = text;
    this.last = head;
    return head;
  }
}
