// Files that are there whole or not at all.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export function writeWhole(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, content, { mode });
  renameSync(draft, file);
}

export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
