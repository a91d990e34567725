// A PostgreSQL of our own, on loopback only, with a password of its own; started by root it runs as another user.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Complaint } from './complaint';
import { folderFor, giveTo, serverUser, type ServerUser } from './folders';
import { isCommandFailure } from './host';
import type { InfrastructureContext } from './infrastructure';
import { claimPort } from './ports';
import { findPostgres } from './postgres-binaries';
import { answersPostgres } from './probes';
import { commandLine } from './processes';

const readyWithinMs = 60_000;

export async function startLocalPostgres(
  context: InfrastructureContext,
  say: (detail: string) => void,
): Promise<string> {
  const { host, state, env } = context;
  const user = serverUser();
  const known = state.get('postgres');
  const folder = known?.folder ?? folderFor(user, state.data, 'postgres');
  const cache = folderFor(user, context.cache, 'postgres');
  const binaries = await findPostgres(host, env, cache, versionOf(folder));
  const port = await claimPort([known?.port, 5432]);
  const password = known?.password ?? randomBytes(18).toString('hex');
  state.set('postgres', { kind: 'local', port, password, folder });
  if (versionOf(folder) === undefined) {
    say('PostgreSQL: making its data folder');
    await initialise(context, join(binaries.folder, 'initdb'), { folder, password, user });
  }
  removeForeignPid(folder);
  say('PostgreSQL: starting');
  const url = `postgres://weir:${password}@127.0.0.1:${port}/weir`;
  await context.supervisor.start({
    name: 'postgres',
    layer: 'infrastructure',
    command: join(binaries.folder, 'postgres'),
    args: ['-D', folder, ...serverSettings(port, context.isThrowaway).flatMap((setting) => ['-c', setting])],
    cwd: folder,
    uid: user?.uid,
    gid: user?.gid,
    // fast shutdown: SIGTERM would wait for every client to leave
    stopSignal: 'SIGINT',
    readyWithinMs,
    isReady: () => answersPostgres(url),
  });
  say(`PostgreSQL ${binaries.major} on 127.0.0.1:${port}${user ? ` (as user ${user.name})` : ''}`);
  return url;
}

function serverSettings(port: number, isThrowaway: boolean): string[] {
  const always = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
  ];
  // data that goes with the test run needs no disk
  return isThrowaway ? [...always, 'fsync=off', 'full_page_writes=off'] : always;
}

async function initialise(
  { host, state }: InfrastructureContext,
  initdb: string,
  { folder, password, user }: { folder: string; password: string; user: ServerUser | undefined },
): Promise<void> {
  // an initdb that was interrupted left half a folder
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  giveTo(user, folder);
  const secrets = mkdtempSync(join(tmpdir(), 'weir-'));
  const passwordFile = join(secrets, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const path of [secrets, passwordFile]) giveTo(user, path);
  const args = [
    '-D',
    folder,
    '-U',
    'weir',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  try {
    await host.run(initdb, args, { cwd: folder, uid: user?.uid, gid: user?.gid, log: state.logOf('initdb') });
  } catch (error) {
    rmSync(join(folder, 'PG_VERSION'), { force: true });
    throw isCommandFailure(error) ? initdbComplaint(error.output) : error;
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
}

function initdbComplaint(output: string): Complaint {
  if (/no space left/i.test(output))
    return new Complaint(
      'The disk is full: PostgreSQL cannot make its data folder; free about 1 GB and run the command again.',
    );
  return new Complaint(`PostgreSQL cannot make its data folder: ${output.trim().split('\n').slice(-3).join(' ')}`);
}

function versionOf(folder: string): number | undefined {
  const file = join(folder, 'PG_VERSION');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : undefined;
}

/** After a crash the pid file may name a process that is somebody else by now; PostgreSQL would refuse to start. */
function removeForeignPid(folder: string): void {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!commandLine(pid).includes('postgres')) rmSync(file, { force: true });
}
