// A Redis of our own: a cache, so nothing of it is kept on disk.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InfrastructureContext } from './infrastructure';
import { claimPort } from './ports';
import { answersRedis } from './probes';
import { findRedis } from './redis-binaries';

const readyWithinMs = 20_000;

export async function startLocalRedis(context: InfrastructureContext, say: (detail: string) => void): Promise<string> {
  const { host, state, env, cache } = context;
  const redis = await findRedis(host, env, cache, say);
  const known = state.get('redis');
  const port = await claimPort([known?.port, 6379]);
  const password = known?.password ?? randomBytes(18).toString('hex');
  state.set('redis', { kind: 'local', port, password });
  const folder = join(state.data, 'redis');
  mkdirSync(folder, { recursive: true });
  const settings = join(folder, 'redis.conf');
  writeFileSync(settings, serverSettings(port, password, folder), { mode: 0o600 });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  await context.supervisor.start({
    name: 'redis',
    layer: 'infrastructure',
    command: redis.command,
    args: [settings],
    env: redis.libraries ? { ...env, LD_LIBRARY_PATH: redis.libraries } : env,
    cwd: folder,
    readyWithinMs,
    isReady: () => answersRedis(url),
  });
  say(`Redis on 127.0.0.1:${port}`);
  return url;
}

function serverSettings(port: number, password: string, folder: string): string {
  const quoted = `"${folder.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    `dir ${quoted}`,
    '',
  ].join('\n');
}
