// Ports that nobody listens on, remembered from run to run and claimed against runners that start beside us.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Complaint } from './complaint';
import { isSame, self, type Identified } from './processes';

// below what Linux and macOS hand out to outgoing connections: a restarted service must find its port free
const lowest = 20_000;
const highest = 32_000;
const tries = 200;
const folderPrefix = 'weir-ports-';
const hosts = ['127.0.0.1', '0.0.0.0', '::'];

/** The first of `wanted` that is free, else any free port; claimed until this process ends. */
export async function claimPort(wanted: readonly (number | undefined)[], folder = claimFolder()): Promise<number> {
  for (const port of wanted) if (port && (await isFree(port)) && claim(folder, port)) return port;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if ((await isFree(port)) && claim(folder, port)) return port;
  }
  throw new Complaint(`No free port between ${lowest} and ${highest}: end some of the servers on this machine.`);
}

export async function isFree(port: number): Promise<boolean> {
  for (const host of hosts) if ((await tryListen(port, host)) === 'taken') return false;
  return true;
}

function tryListen(port: number, host: string): Promise<'free' | 'taken'> {
  return new Promise((resolve) => {
    const server = createServer();
    // a machine without IPv6 has no such address: that takes no port
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? 'taken' : 'free'),
    );
    server.listen({ port, host, exclusive: true, ipv6Only: host === '::' }, () => server.close(() => resolve('free')));
  });
}

/** Each user's own, for nobody can take back what another left behind; readable to all, for they share the ports. */
function claimFolder(): string {
  return join(tmpdir(), `${folderPrefix}${userInfo().uid}`);
}

function claim(folder: string, port: number): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, String(port));
  if (!isHeld(file)) rmSync(file, { force: true });
  try {
    writeFileSync(file, JSON.stringify(self()), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  // after the own claim: of two who claim at once both see the other, and both look on
  if (!othersFolders(folder).some((other) => isHeld(join(other, String(port))))) return true;
  rmSync(file, { force: true });
  return false;
}

function othersFolders(own: string): string[] {
  const beside = readdirSync(dirname(own)).filter((name) => name.startsWith(folderPrefix) && name !== basename(own));
  return beside.map((name) => join(dirname(own), name));
}

export function releasePorts(folder = claimFolder()): void {
  try {
    for (const name of readdirSync(folder))
      if (holder(join(folder, name))?.pid === process.pid) rmSync(join(folder, name), { force: true });
  } catch {
    // nothing was claimed
  }
}

function isHeld(file: string): boolean {
  const found = holder(file);
  return found !== undefined && isSame(found);
}

function holder(file: string): Identified | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Identified;
  } catch {
    return undefined;
  }
}
