// The errors of the bus: what a handler may throw, and what a producer rejects with.
import { WeirError } from '@weir/contracts';
import { type Refusal } from './ports';

/** Thrown by a handler: these records go to the dead letters with their code, the rest of the chunk is handled again. */
export class RefusedRecords extends WeirError {
  constructor(readonly refusals: readonly Refusal[]) {
    super(
      'records-refused',
      refusals
        .map((refusal) => `${refusal.code}: ${refusal.message}`)
        .join('; ')
        .slice(0, 1_000),
    );
  }
}

/** Something a handler needs is away: its partition pauses, and the same records are handled when it is back. */
export class DependencyDown extends WeirError {
  constructor(dependency: string, message: string) {
    super('dependency-down', `${dependency}: ${message}`, true);
  }
}

/** Kafka could not do what was asked. Codes: kafka-away, record-too-large, producer-full, producer-closed, journal-full, journal-closed, read-stalled. */
export class BusError extends WeirError {
  constructor(code: string, message: string, retriable: boolean, cause?: unknown) {
    super(code, message, retriable);
    this.cause = cause;
  }
}
