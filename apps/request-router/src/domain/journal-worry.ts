// What is to be said about a journal that does its job badly: for those who look at /readyz. Answers go on all the same.

export interface JournalState {
  readonly mode: 'disk' | 'memory';
  readonly pendingBytes: number;
  readonly maxDiskBytes: number;
  readonly dropped: number;
  readonly droppedForMs: number | undefined;
}

/** How long a loss is spoken of. */
const freshMs = 600_000;

/** Undefined: all is well. */
export function journalWorry({
  mode,
  pendingBytes,
  maxDiskBytes,
  dropped,
  droppedForMs,
}: JournalState): string | undefined {
  const worries = [
    ...(droppedForMs !== undefined && droppedForMs < freshMs ? [`records are lost, ${dropped} so far`] : []),
    ...(mode === 'memory' ? ['the disk cannot be written, what Kafka has not taken is in memory only'] : []),
    ...(pendingBytes > maxDiskBytes / 2
      ? [`Kafka has not taken ${pendingBytes} of at most ${maxDiskBytes} bytes`]
      : []),
  ];
  return worries.length > 0 ? worries.join('; ') : undefined;
}
