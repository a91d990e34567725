// What a move is written down as.

export interface Cause {
  readonly action: string;
  /** Where it is no person. */
  readonly actor: string;
  /** What happened, where the state's own reason says something else. */
  readonly note?: string;
}
