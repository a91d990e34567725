// Starts the model servers' stub and the peers, each once, in the places that were allotted.
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { claimPort, type InfrastructureContext } from '@weir/local';
import { pinned, type Cores } from './cores';
import { loggedSplitConfig, mirrorConfig, splitConfig, stubConfig, type Ports } from './nginx';
import { inferPath, type Target } from './target';

export interface Place {
  readonly context: InfrastructureContext;
  readonly programs: Readonly<Record<string, string>>;
  readonly cores: Cores;
}

const readyWithinMs = 30_000;

/** nginx answering for two versions: the cheapest server at hand. */
export async function startStub(place: Place): Promise<Ports> {
  const ports = { v1: await claimPort([]), v2: await claimPort([]) };
  await startNginx(place, 'stub', place.cores.others, ports.v1, () => stubConfig(ports));
  return ports;
}

export async function startSplit(place: Place, stub: Ports): Promise<Target> {
  const port = await claimPort([]);
  const pid = await startNginx(place, 'nginx', place.cores.server, port, () => splitConfig(port, stub));
  return { name: 'nginx', url: urlOf(port), pid, loadsBroker: false };
}

export async function startMirror(place: Place, stub: Ports): Promise<Target> {
  const port = await claimPort([]);
  const pid = await startNginx(place, 'nginx-mirror', place.cores.server, port, () => mirrorConfig(port, stub));
  return { name: 'nginx-mirror', url: urlOf(port), pid, loadsBroker: false };
}

export async function startLoggedSplit(place: Place, stub: Ports): Promise<Target> {
  const port = await claimPort([]);
  let log = '';
  const config = (folder: string): string => loggedSplitConfig(port, stub, (log = join(folder, 'events.log')));
  const pid = await startNginx(place, 'nginx-log', place.cores.server, port, config);
  return { name: 'nginx-log', url: urlOf(port), pid, loadsBroker: false, afterVisit: () => truncateSync(log) };
}

/** A Nest proxy of bench/src/peers. */
export async function startNest(place: Place, name: 'naive' | 'fastify', stub: Ports): Promise<Target> {
  const port = await claimPort([]);
  const entry = join(__dirname, '..', 'peers', `${name}-proxy.js`);
  const args = [entry, String(port), `http://127.0.0.1:${stub.v1}`, `http://127.0.0.1:${stub.v2}`];
  await place.context.supervisor.start({
    name,
    layer: 'service',
    ...pinned(programOf(place, 'taskset'), place.cores.server, process.execPath, args),
    readyWithinMs,
    isReady: () => listens(port),
  });
  return { name, url: urlOf(port), pid: pidOf(place.context, name), loadsBroker: false };
}

async function startNginx(
  place: Place,
  name: string,
  cores: string,
  port: number,
  config: (folder: string) => string,
): Promise<number> {
  const { supervisor, state } = place.context;
  const folder = join(state.data, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'nginx.conf'), config(folder));
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'];
  await supervisor.start({
    name,
    layer: 'service',
    ...pinned(programOf(place, 'taskset'), cores, programOf(place, 'nginx'), args),
    readyWithinMs,
    isReady: () => listens(port),
  });
  return pidOf(place.context, name);
}

export function programOf({ programs }: Place, name: string): string {
  return programs[name] ?? name;
}

export function pidOf({ supervisor }: InfrastructureContext, name: string): number {
  const pid = supervisor.running().find((process) => process.name === name)?.pid;
  if (!pid) throw new Error(`${name} does not run`);
  return pid;
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}${inferPath}`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(Boolean(socket.destroy())));
    socket.once('error', () => resolve(false));
  });
}
