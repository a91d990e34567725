// Where downloads and server data may lie, so that the user who runs a server can reach them.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user that root hands a server to: PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return lookUp('postgres') ?? lookUp('nobody');
}

function lookUp(name: string): ServerUser | undefined {
  const ask = (flag: string) =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { name, uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

/** Per user, shared by all clones: downloads that never change. */
export function cacheFolder(env: NodeJS.ProcessEnv, stateFolder: string): string {
  const candidates = [env['XDG_CACHE_HOME'] && join(env['XDG_CACHE_HOME'], 'weir'), join(homedir(), '.cache', 'weir')];
  return (
    candidates.find((folder): folder is string => Boolean(folder) && canMake(folder as string)) ??
    join(stateFolder, 'cache')
  );
}

/** A folder that `user` can work in: in `parent` if every folder above lets them pass, else among the machine's own. */
export function folderFor(user: ServerUser | undefined, parent: string, name: string): string {
  const own = join(parent, name);
  mkdirSync(own, { recursive: true });
  if (!user) return own;
  if (canPass(user, own)) return own;
  const distinct = createHash('sha256').update(own).digest('hex').slice(0, 12);
  const elsewhere = join('/var/lib/weir', `${name}-${distinct}`);
  mkdirSync(elsewhere, { recursive: true });
  for (const folder of ['/var/lib/weir', elsewhere]) chmodSync(folder, 0o755);
  return elsewhere;
}

export function giveTo(user: ServerUser | undefined, path: string): void {
  if (user) chownSync(path, user.uid, user.gid);
}

function canPass(user: ServerUser, folder: string): boolean {
  const asked = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    stdio: 'ignore',
  });
  return asked.status === 0;
}

function canMake(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}
