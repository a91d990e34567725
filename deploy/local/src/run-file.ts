// run.json: where a running system is to be found, for programs.
import { rmSync } from 'node:fs';
import { writeWhole } from './atomic-file';
import type { RunningProcess } from './supervisor';

export interface RunFile {
  readonly router: readonly string[];
  readonly collector: string;
  readonly controller: string;
  readonly comparator: string;
  readonly allocator: string;
  readonly console: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly adminKey: string;
  readonly processes: readonly RunningProcess[];
}

/** Holds keys: for its owner only. */
export function writeRunFile(file: string, content: RunFile): void {
  writeWhole(file, `${JSON.stringify(content, null, 2)}\n`);
}

export function removeRunFile(file: string): void {
  rmSync(file, { force: true });
}
