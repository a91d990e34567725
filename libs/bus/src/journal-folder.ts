// Whose journal a folder is. Each process has its own; a folder whose process is gone is adopted by renaming it, once.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A folder is `<owner>`, or `<first owner>~<adopter>`; an owner is `<start ms>.<host>.<pid>.<process start>`. */
export type Owner = string;

/** A process on another host (a container before this one, on the same volume) is gone when it was silent for so long. */
const silentForMs = 10_000;
const aliveFile = 'alive';

/** Journals that are open in this process. */
const openHere = new Set<Owner>();
let opened = 0;

export async function makeOwner(root: string): Promise<Owner> {
  const owner = [Date.now(), hostKey(), process.pid, await processStart('self'), (opened += 1)].join('.');
  await mkdir(join(root, owner), { recursive: true });
  await writeFile(join(root, owner, aliveFile), '');
  openHere.add(owner);
  return owner;
}

export function forgetOwner(owner: Owner): void {
  openHere.delete(owner);
}

/** Says to other hosts that this process lives. */
export async function beat(root: string, owner: Owner): Promise<void> {
  const now = new Date();
  await utimes(join(root, owner, aliveFile), now, now);
}

/** Takes the folders of processes that are gone, oldest first. Of several processes at it, each folder falls to one. */
export async function adopt(root: string, owner: Owner): Promise<string[]> {
  const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const taken: string[] = [];
  for (const { name } of folders.sort((a, b) => a.name.localeCompare(b.name))) {
    const [first = name, adopter = first] = name.split('~');
    if (adopter === owner || !/^\d+\.[0-9a-f]+\.\d+\.\d+\.\d+$/.test(adopter)) continue;
    if (await lives(root, adopter)) continue;
    const mine = join(root, `${first}~${owner}`);
    const renamed = await rename(join(root, name), mine).then(
      () => true,
      () => false, // somebody else was quicker
    );
    if (renamed) taken.push(mine);
  }
  return taken;
}

async function lives(root: string, owner: Owner): Promise<boolean> {
  const [, host, pid = '', start] = owner.split('.');
  if (host !== hostKey()) return beatRecently(join(root, owner, aliveFile));
  if (Number(pid) === process.pid) return openHere.has(owner);
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return (await processStart(pid)) === start; // the number may have gone to another process since
}

async function beatRecently(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < silentForMs;
}

/** When a process began, in ticks since the boot; 0 where /proc does not say. */
async function processStart(pid: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
}

function hostKey(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
