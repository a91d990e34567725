// The state folder: where a system keeps its data, logs, ports and keys between runs.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readJson, writeWhole } from './atomic-file';
import { Complaint } from './complaint';

export type InfrastructureKind = 'environment' | 'docker' | 'local';

/** What a later start must find as it was. */
export interface Settings {
  adminKey?: string;
  kafka?: { kind: InfrastructureKind; port: number; controllerPort?: number; clusterId?: string };
  postgres?: { kind: InfrastructureKind; port: number; password: string; folder?: string };
  redis?: { kind: InfrastructureKind; port: number; password: string };
  ports?: Record<string, number>;
}

const neededBytes = 300_000_000;

export class StateFolder {
  readonly logs: string;
  readonly data: string;
  /** A file named like a process keeps it from being started again: fault tests hold things down with it. */
  readonly hold: string;
  readonly runFile: string;
  readonly lockFile: string;
  readonly processesFile: string;
  private readonly settingsFile: string;
  private settings: Settings = {};

  constructor(readonly path: string) {
    this.logs = join(path, 'logs');
    this.data = join(path, 'data');
    this.hold = join(path, 'hold');
    this.runFile = join(path, 'run.json');
    this.lockFile = join(path, 'lock');
    this.processesFile = join(path, 'processes.json');
    this.settingsFile = join(path, 'settings.json');
  }

  static at(root: string, named: string | undefined): StateFolder {
    return new StateFolder(named ? resolve(named) : join(root, '.weir'));
  }

  /** Makes the folder and reads what an earlier run left; call it with the lock held. */
  open(): void {
    for (const folder of [this.logs, this.data]) mkdirSync(folder, { recursive: true });
    const { bavail, bsize } = statfsSync(this.path);
    if (bavail * bsize < neededBytes)
      throw new Complaint(
        `Only ${Math.floor((bavail * bsize) / 1e6)} MB are free for ${this.path}: free about 1 GB, or set WEIR_STATE_DIR to another disk.`,
      );
    this.settings = readJson<Settings>(this.settingsFile) ?? {};
  }

  create(): void {
    mkdirSync(this.path, { recursive: true });
    // root's PostgreSQL runs as another user, who must get through to its data (through, not in: what is secret here is closed)
    if (process.getuid?.() === 0) chmodSync(this.path, statSync(this.path).mode | 0o011);
  }

  get<K extends keyof Settings>(name: K): Settings[K] {
    return this.settings[name];
  }

  set<K extends keyof Settings>(name: K, value: Settings[K]): void {
    this.settings = { ...this.settings, [name]: value };
    writeWhole(this.settingsFile, `${JSON.stringify(this.settings, null, 2)}\n`);
  }

  /** Forgets all but the lock; gives the folders outside it that held data. */
  reset(): void {
    const outside = readJson<Settings>(this.settingsFile)?.postgres?.folder;
    const own = ['logs', 'data', 'hold', 'run.json', 'last-run.json', 'processes.json', 'settings.json'];
    for (const name of own) rmSync(join(this.path, name), { recursive: true, force: true });
    if (outside && existsSync(join(outside, 'PG_VERSION'))) rmSync(outside, { recursive: true, force: true });
  }

  adminKey(): string {
    const known = this.get('adminKey');
    if (known) return known;
    const made = `weir_${randomBytes(4).toString('hex')}_${randomBytes(24).toString('hex')}`;
    this.set('adminKey', made);
    return made;
  }

  /** The log of a process; what an earlier run wrote there is kept beside it once. */
  freshLog(name: string): string {
    const file = this.logOf(name);
    if (existsSync(file)) renameSync(file, join(this.logs, `${name}.previous.log`));
    return file;
  }

  logOf(name: string): string {
    return join(this.logs, `${name}.log`);
  }
}
