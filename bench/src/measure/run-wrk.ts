// The closed loop: wrk with 64 connections on one thread, and what it says of a visit.

export interface WrkResult {
  readonly requests: number;
  readonly micros: number;
  /** Answers that were not 2xx or 3xx. */
  readonly refused: number;
  /** Connections and answers that broke or came too late. */
  readonly broken: number;
  /** Microseconds, of the closed loop: not a latency under load. */
  readonly p50: number;
  readonly p99: number;
}

export function wrkArguments(script: string, url: string, seconds: number): string[] {
  return ['-t1', '-c64', `-d${seconds}s`, '--timeout', '10s', '-s', script, url];
}

/** @throws Error where the script printed no result. */
export function parseWrk(output: string): WrkResult {
  const line = /^RESULT (\{.+\})$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk gave no result: ${output.trim().slice(-500)}`);
  return JSON.parse(line) as WrkResult;
}
