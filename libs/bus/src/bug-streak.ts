// Records of a topic that its handler failed on, one after the other: a handler that is broken must not empty the topic into the dead letters.
import { DependencyDown } from './errors';

/** This many in a row are taken for bad records; more of them for a bad handler. */
const limit = 20;

export class BugStreak {
  private readonly buried = new Set<string>();
  private oneMore = false;

  /**
   * Says whether one more record may be buried as `bug`. Above the limit that is one for each time the partition is tried
   * again, so that even a long run of bad records passes in the end, slowly and in sight.
   * @param place `partition/offset`: a record that is buried already is always let through.
   * @throws DependencyDown when the records shall wait.
   */
  admit(place: string): void {
    if (this.buried.has(place)) return;
    if (this.buried.size >= limit && !this.oneMore) {
      this.oneMore = true;
      throw new DependencyDown('handler', `it failed on ${this.buried.size} records in a row; the rest wait`);
    }
    this.oneMore = false;
    this.buried.add(place);
  }

  /** The record went to the dead letters since a record was last handled. */
  has(place: string): boolean {
    return this.buried.has(place);
  }

  /** A record was handled: the handler works. */
  end(): void {
    this.buried.clear();
    this.oneMore = false;
  }
}
