// One runner a state folder: a file that names its holder, taken over when the holder is dead.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Complaint } from './complaint';
import { isSame, self, type Identified } from './processes';

/** Takes the lock, or says who has it. Gives the function that lets it go. */
export function takeLock(file: string): () => void {
  const mine = self();
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    while (!tryLink(draft, file)) removeIfStale(file);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}

function tryLink(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeIfStale(file: string): void {
  const holder = readHolder(file);
  if (holder && holder.pid !== process.pid && isSame(holder))
    throw new Complaint(
      `Weir already runs on this state folder (process ${holder.pid}): stop it, or set WEIR_STATE_DIR to another folder.`,
    );
  rmSync(file, { force: true });
}

function readHolder(file: string): Identified | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Identified;
  } catch {
    return undefined;
  }
}
