// Starts processes in groups of their own, waits until each is ready, starts again what dies, and ends them all.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readJson, writeWhole } from './atomic-file';
import { Complaint } from './complaint';
import type { Host } from './host';
import { commandLine, endGroup, identify, isGroupAlive, isSame, type Identified } from './processes';
import type { StateFolder } from './state-folder';
import { lastLines } from './tail';

/** Stopped in this order, the first first. */
export type Layer = 'example' | 'service' | 'infrastructure';
const layers: readonly Layer[] = ['example', 'service', 'infrastructure'];

export interface ProcessSpec {
  readonly name: string;
  readonly layer: Layer;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Asks the process to end; SIGTERM unless it has another habit. */
  readonly stopSignal?: NodeJS.Signals;
  readonly container?: string;
  /** Whatever the process may leave behind when it is killed. */
  cleanUp?(): Promise<void>;
  readonly readyWithinMs: number;
  isReady(): Promise<boolean>;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
}

interface Entry {
  readonly spec: ProcessSpec;
  readonly log: string;
  child: ChildProcess;
  /** Resolves with how it ended. */
  ended: Promise<string>;
}

interface Recorded extends Identified {
  readonly name: string;
  readonly command: string;
  readonly signal: NodeJS.Signals;
}

const graceMs = 20_000;
const pollMs = 100;
const firstBackoffMs = 500;
const longestBackoffMs = 10_000;
const steadyMs = 30_000;

export class Supervisor {
  private readonly entries = new Map<string, Entry>();
  private isStopping = false;

  constructor(
    private readonly host: Pick<Host, 'steps' | 'watch' | 'stopping'>,
    private readonly state: StateFolder,
    private readonly onChange: () => void = () => undefined,
  ) {}

  /** Resolves once the process is ready; rejects with its last words if it ends before. */
  async start(spec: ProcessSpec): Promise<void> {
    const entry = this.launch(spec, this.state.freshLog(spec.name));
    await this.untilReady(entry);
    void this.keepUp(entry);
  }

  running(): RunningProcess[] {
    return [...this.entries.values()].map(({ spec, child, log }) => ({ name: spec.name, pid: child.pid ?? 0, log }));
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    for (const layer of layers) {
      const members = [...this.entries.values()].filter(({ spec }) => spec.layer === layer);
      await Promise.all(members.map((entry) => this.end(entry)));
    }
  }

  private launch(spec: ProcessSpec, log: string): Entry {
    const output = openSync(log, 'a');
    const { command, args, env, cwd, uid, gid } = spec;
    const child = spawn(command, args, {
      env: env ?? process.env,
      cwd,
      uid,
      gid,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const entry: Entry = { spec, log, child, ended };
    this.entries.set(spec.name, entry);
    if (child.pid) this.host.watch.add(child.pid, spec.stopSignal);
    if (spec.container) this.host.watch.addContainer(spec.container);
    this.record();
    return entry;
  }

  private async untilReady(entry: Entry): Promise<void> {
    const { spec } = entry;
    const deadline = Date.now() + spec.readyWithinMs;
    let end: string | undefined;
    void entry.ended.then((how) => (end = how));
    while (!(await spec.isReady())) {
      this.host.stopping.throwIfAborted();
      if (end !== undefined) throw this.lastWords(entry, `${spec.name} ended at its start (${end})`);
      if (Date.now() > deadline)
        throw this.lastWords(entry, `${spec.name} was not ready within ${spec.readyWithinMs / 1000} s`);
      await wait(pollMs);
    }
  }

  private lastWords(entry: Entry, what: string): Complaint {
    return new Complaint([`${what}; its log ${entry.log} ends with:`, ...lastLines(entry.log, 12)].join('\n'));
  }

  /** Starts the process again whenever it ends, and says so. */
  private async keepUp(first: Entry): Promise<void> {
    let entry = first;
    let backoffMs = firstBackoffMs;
    for (;;) {
      const since = Date.now();
      const how = await entry.ended;
      if (this.isStopping) return;
      this.forget(entry);
      if (Date.now() - since > steadyMs) backoffMs = firstBackoffMs;
      this.host.steps.say(
        `  ! ${entry.spec.name} ended (${how}); it is started again in ${backoffMs / 1000} s  (${entry.log})`,
      );
      await this.untilReleased(entry.spec.name, backoffMs);
      await entry.spec.cleanUp?.();
      if (this.isStopping) return;
      entry = this.launch(entry.spec, entry.log);
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    }
  }

  private async untilReleased(name: string, backoffMs: number): Promise<void> {
    await wait(backoffMs);
    while (!this.isStopping && existsSync(join(this.state.hold, name))) await wait(pollMs);
  }

  private async end(entry: Entry): Promise<void> {
    const { child, spec } = entry;
    if (child.pid) await endGroup(child.pid, spec.stopSignal ?? 'SIGTERM', graceMs);
    await spec.cleanUp?.();
    if (spec.container) this.host.watch.removeContainer(spec.container);
    this.forget(entry);
  }

  private forget({ spec, child }: Entry): void {
    if (child.pid && !isGroupAlive(child.pid)) this.host.watch.remove(child.pid);
    this.entries.delete(spec.name);
    this.record();
  }

  private record(): void {
    const records = [...this.entries.values()].flatMap(({ spec, child }) => recordOf(spec, child));
    writeWhole(this.state.processesFile, JSON.stringify(records));
    if (!this.isStopping) this.onChange();
  }
}

function recordOf(spec: ProcessSpec, { pid }: ChildProcess): Recorded[] {
  const identity = pid ? identify(pid) : undefined;
  if (!pid || !identity) return [];
  return [{ name: spec.name, pid, identity, command: commandLine(pid), signal: spec.stopSignal ?? 'SIGTERM' }];
}

/** Ends what a killed runner (and its watchdog) left behind; gives the names. A reused pid is somebody else. */
export async function endLeftovers(state: StateFolder, limitMs = graceMs): Promise<string[]> {
  const recorded = readJson<Recorded[]>(state.processesFile) ?? [];
  const left = recorded.filter((each) => isSame(each) && isSameProgram(each.command, commandLine(each.pid)));
  await Promise.all(left.map(({ pid, signal }) => endGroup(pid, signal, limitMs)));
  return left.map(({ name }) => name);
}

/** Servers rewrite what follows their program's name. */
function isSameProgram(recorded: string, found: string): boolean {
  return recorded.split(' ')[0] === found.split(' ')[0];
}
