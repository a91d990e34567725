// Programs of this machine: by PATH, by folder pattern, by version.
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

// where distributions and Homebrew keep servers that are not on everybody's PATH
const besides = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];

export function onPath(program: string, path: string | undefined): string | undefined {
  const folders = [...(path ?? '').split(delimiter), ...(path === undefined ? [] : besides)].filter(
    (folder) => folder !== '',
  );
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** The folders inside `folder`, those with the greatest number first. */
export function newestFirst(folder: string): string[] {
  try {
    const numbered = readdirSync(folder).map((name) => ({ name, number: Number(/\d+(\.\d+)?/.exec(name)?.[0] ?? 0) }));
    return numbered.sort((a, b) => b.number - a.number).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}
