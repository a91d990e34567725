// Keeps two topics in step while there is a backlog: what came later in one waits for what came earlier in the other.

/** A fetched batch that waits. */
interface Waiting {
  readonly leader: string;
  readonly upToMs: number;
  readonly resume: () => void;
  readonly timer: NodeJS.Timeout;
}

interface Progress {
  /** Has a fetch told how far behind it is? */
  known: boolean;
  /** Are there records beyond those that were fetched? */
  behind: boolean;
  /** The time of the last record that was handled, by the broker's clock. */
  handledToMs: number;
}

/** Records behind at the start below which nobody waits: they come with the first fetch. */
const backlogRecords = 1_000;

export class InStep {
  /** By topic, then partition: those of this member. */
  private readonly leaders = new Map<string, Map<number, Progress>>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly overdue = new Set<string>();

  constructor(
    private readonly options: {
      /** The topics that others wait for. */
      readonly leading: ReadonlySet<string>;
      /** Whether a partition waits for something else: nobody waits for it then. */
      readonly isPaused: (topic: string, partition: number) => boolean;
      /** A batch that waited so long goes first after all. */
      readonly longestWaitMs?: number;
    },
  ) {}

  /** The partitions that are ours now; how far behind they are is told later. */
  assign(assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): void {
    this.clear();
    for (const { topic, partitions } of assigned)
      if (this.options.leading.has(topic))
        this.leaders.set(
          topic,
          new Map(partitions.map((partition) => [partition, { known: false, behind: true, handledToMs: -Infinity }])),
        );
  }

  /** How far behind a partition is at the start, before its first fetch. undefined: nobody knows, and nobody waits for it. */
  starts(topic: string, partition: number, recordsBehind: bigint | undefined): void {
    if (this.leaders.get(topic)?.get(partition)?.known === true) return;
    this.change(topic, partition, { behind: recordsBehind !== undefined && recordsBehind > backlogRecords });
  }

  fetched(topic: string, partition: number, recordsBeyond: bigint): void {
    this.change(topic, partition, { known: true, behind: recordsBeyond > 0n });
  }

  handled(topic: string, partition: number, handledToMs: number): void {
    this.change(topic, partition, { handledToMs });
  }

  /** Must a batch whose last record is of this time wait for the leading topic? A batch is kept waiting once. */
  mustWait(key: string, leader: string, upToMs: number): boolean {
    return !this.overdue.delete(key) && this.isAhead(leader, upToMs);
  }

  /** `resume` is called once, when the leading topic is there, or after the longest wait. */
  wait(key: string, leader: string, upToMs: number, resume: () => void): void {
    this.release(key);
    const timer = setTimeout(() => {
      this.overdue.add(key);
      this.release(key);
    }, this.options.longestWaitMs ?? 10_000);
    this.waiting.set(key, { leader, upToMs, resume, timer });
  }

  /** All resume at once: at the end, or when the group was joined anew. */
  clear(): void {
    for (const key of [...this.waiting.keys()]) this.release(key);
    this.leaders.clear();
    this.overdue.clear();
  }

  private isAhead(leader: string, upToMs: number): boolean {
    return [...(this.leaders.get(leader) ?? [])].some(
      ([partition, { behind, handledToMs }]) =>
        behind && handledToMs < upToMs && !this.options.isPaused(leader, partition),
    );
  }

  private change(topic: string, partition: number, change: Partial<Progress>): void {
    const progress = this.leaders.get(topic)?.get(partition);
    if (!progress) return;
    Object.assign(progress, change);
    for (const [key, { leader, upToMs }] of [...this.waiting])
      if (leader === topic && !this.isAhead(leader, upToMs)) this.release(key);
  }

  private release(key: string): void {
    const waiting = this.waiting.get(key);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.waiting.delete(key);
    waiting.resume();
  }
}
