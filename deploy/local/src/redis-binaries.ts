// A redis-server: this machine's, else the system's package, installed as root or unpacked beside our downloads.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Complaint } from './complaint';
import { onPath } from './find-program';
import type { Host } from './host';

export interface RedisBinary {
  readonly command: string;
  /** Where its libraries lie when they are not the machine's. */
  readonly libraries?: string;
}

// what Debian's and Ubuntu's redis-server needs beyond every installation
const packages = ['redis-server', 'redis-tools'];
const libraryPattern = /^\s*(?:Pre)?Depends: (lib(?:jemalloc|lzf|atomic)\S*)/gm;

export async function findRedis(
  host: Host,
  env: NodeJS.ProcessEnv,
  cache: string,
  say: (detail: string) => void,
): Promise<RedisBinary> {
  const installed = onPath('redis-server', env['PATH']) ?? onPath('valkey-server', env['PATH']);
  if (installed) return { command: installed };
  const unpacked = unpackedRedis(join(cache, 'redis'));
  if (unpacked) return unpacked;
  if (!onPath('apt-get', env['PATH'])) throw new Complaint(missing());
  say("Redis: from the system's packages, once");
  const tried = process.getuid?.() === 0 ? await installBySystem(host, env) : undefined;
  const found = tried ?? (await unpackFromSystem(host, join(cache, 'redis')));
  if (!found) throw new Complaint(missing());
  return found;
}

function missing(): string {
  const install = process.platform === 'darwin' ? 'brew install redis' : 'apt-get install redis-server';
  return `Redis is not installed and its package cannot be had: install it (${install}), or set REDIS_URL to a Redis of yours.`;
}

async function installBySystem(host: Host, env: NodeJS.ProcessEnv): Promise<RedisBinary | undefined> {
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const wait = '-o=DPkg::Lock::Timeout=120';
  // a policy of 101 keeps the package from starting its own server
  const policy = '/usr/sbin/policy-rc.d';
  const script = [
    `made=; if [ ! -e ${policy} ]; then printf '#!/bin/sh\\nexit 101\\n' > ${policy} && chmod +x ${policy} && made=1; fi`,
    `apt-get update -q ${wait}; apt-get install -q -y --no-install-recommends ${wait} redis-server; code=$?`,
    `[ -z "$made" ] || rm -f ${policy}; exit $code`,
  ].join('\n');
  try {
    await host.run('sh', ['-c', script], { env: quiet, timeoutMs: 300_000 });
  } catch {
    host.stopping.throwIfAborted();
    return undefined;
  }
  const command = onPath('redis-server', env['PATH']);
  return command ? { command } : undefined;
}

/** Without root: the same packages, fetched and unpacked, with package lists of our own where the machine has none. */
async function unpackFromSystem(host: Host, folder: string): Promise<RedisBinary | undefined> {
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const apt = await packageLists(host, draft);
    const depends = await host.run('apt-cache', [...apt, 'depends', ...packages], { cwd: draft });
    const libraries = [...depends.matchAll(libraryPattern)].map((match) => match[1] as string);
    await host.run('apt-get', [...apt, 'download', '-q', ...packages, ...new Set(libraries)], {
      cwd: draft,
      timeoutMs: 300_000,
    });
    for (const archive of readdirSync(draft).filter((name) => name.endsWith('.deb')))
      await host.run('dpkg', ['-x', archive, 'root'], { cwd: draft });
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(draft, 'root'), folder);
    return unpackedRedis(folder);
  } catch {
    host.stopping.throwIfAborted();
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function packageLists(host: Host, draft: string): Promise<string[]> {
  const known = await host.run('apt-cache', ['show', 'redis-server'], { allowFailure: true });
  if (known.includes('Package: redis-server')) return [];
  const lists = join(draft, 'lists');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${draft}`];
  await host.run('apt-get', [...own, 'update', '-q'], { cwd: draft, timeoutMs: 300_000 });
  return own;
}

function unpackedRedis(folder: string): RedisBinary | undefined {
  // redis-server is a link to the checker of the tools package, which is the same program
  const command = ['usr/bin/redis-check-rdb', 'usr/bin/redis-server']
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
  if (!command) return undefined;
  const triplets = readdirSync(join(folder, 'usr/lib')).map((name) => join(folder, 'usr/lib', name));
  return { command: join(folder, 'usr/bin/redis-server'), libraries: triplets.join(':') };
}
