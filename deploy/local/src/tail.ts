// The last lines of a log, for the person who must know why something ended.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const readBytes = 16_384;

export function lastLines(file: string, count: number): string[] {
  try {
    const handle = openSync(file, 'r');
    try {
      const { size } = fstatSync(handle);
      const buffer = Buffer.alloc(Math.min(size, readBytes));
      readSync(handle, buffer, 0, buffer.length, size - buffer.length);
      return buffer
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(-count);
    } finally {
      closeSync(handle);
    }
  } catch {
    return [];
  }
}
