// What the exit code says to a script.

export const exitCodes = {
  /** Done, and all is as it should be. */
  good: 0,
  /** Done, and it is not as it should be: something differs, and was left so. */
  differs: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The controller refused. */
  refused: 3,
  /** The controller, or what it needs, could not be reached in time. */
  away: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
