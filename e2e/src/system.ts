// The system under test, as a user starts it: `npm start -- --bare` in a state folder of its own, found through run.json.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@weir/testing';
import { Client } from 'pg';

const root = join(__dirname, '..', '..');

export interface RunFile {
  readonly router: readonly string[];
  readonly collector: string;
  readonly comparator: string;
  readonly controller: string;
  readonly allocator: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly adminKey: string;
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly log: string }[];
}

export interface StartOptions {
  readonly routers?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** shared: a database and a topic prefix of its own on what the environment names; own: a Kafka, Postgres and Redis of its own. */
  readonly infrastructure?: 'shared' | 'own';
  readonly readyWithinMs?: number;
}

export class System {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly stateDir: string,
    private readonly prefix: string,
    private readonly forget: () => Promise<void>,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  static async start(options: StartOptions = {}): Promise<System> {
    const stateDir = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
    const isOwn = options.infrastructure === 'own' || !process.env['DATABASE_URL'];
    const surroundings = isOwn ? alone() : await apart();
    const env = { ...surroundings.env, ...options.env, WEIR_STATE_DIR: stateDir };
    const args = [
      'deploy/local/run.mjs',
      'start',
      '--bare',
      ...(options.routers ? ['--routers', String(options.routers)] : []),
    ];
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const system = new System(child, stateDir, surroundings.prefix, surroundings.forget);
    const timeoutMs = options.readyWithinMs ?? 120_000;
    await eventually(() => system.run(), { timeoutMs, hopeless: () => system.failed() });
    return system;
  }

  /** A topic's name on the broker. */
  topic(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** The addresses and processes as they are now: a restarted service has another pid. */
  run(): RunFile {
    return JSON.parse(readFileSync(join(this.stateDir, 'run.json'), 'utf8')) as RunFile;
  }

  pid(name: string): number {
    const found = this.run().processes.find((process) => process.name === name);
    if (!found)
      throw new Error(
        `no process ${name} among ${this.run()
          .processes.map((each) => each.name)
          .join(', ')}`,
      );
    return found.pid;
  }

  /** A call of the controller with the admin key. The body is JSON, or YAML as text. */
  async api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const { controller, adminKey } = this.run();
    const yaml = typeof body === 'string';
    const response = await fetch(`${controller}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { 'content-type': yaml ? 'application/yaml' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: yaml ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  }

  /** kill -9, then waits until the runner has brought the service back under another pid. */
  async kill(name: string, timeoutMs = 30_000): Promise<void> {
    const before = this.pid(name);
    process.kill(before, 'SIGKILL');
    await eventually(() => this.pid(name) !== before, { timeoutMs });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await gone;
    }
    await this.forget();
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  /** Kills a process and keeps it down until the given work is done. */
  async without(name: string, work: () => Promise<void>): Promise<void> {
    const hold = join(this.stateDir, 'hold');
    mkdirSync(hold, { recursive: true });
    writeFileSync(join(hold, name), '');
    process.kill(this.pid(name), 'SIGKILL');
    try {
      await work();
    } finally {
      rmSync(join(hold, name));
    }
    await eventually(() => this.pid(name), { timeoutMs: 60_000 });
  }

  /** The sum of a metric over its label sets, as the service at this address counts it now; 0 where it has none. */
  async metric(url: string, name: string): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const samples = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  private failed(): string | undefined {
    return this.child.exitCode === null
      ? undefined
      : `the system ended with ${this.child.exitCode}:\n${this.output.slice(-4_000)}`;
  }
}

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly prefix: string;
  readonly forget: () => Promise<void>;
}

function alone(): Surroundings {
  const { KAFKA_BROKERS: _kafka, DATABASE_URL: _database, REDIS_URL: _redis, ...env } = process.env;
  return { env, prefix: '', forget: () => Promise.resolve() };
}

/** A database and a topic prefix of its own, so that systems side by side do not meet. */
async function apart(): Promise<Surroundings> {
  const id = randomBytes(4).toString('hex');
  const url = new URL(process.env['DATABASE_URL'] ?? '');
  await query(url.href, `create database e2e_${id}`);
  const own = new URL(url);
  own.pathname = `/e2e_${id}`;
  return {
    env: { ...process.env, DATABASE_URL: own.href, WEIR_TOPIC_PREFIX: `e2e-${id}.` },
    prefix: `e2e-${id}.`,
    forget: () => query(url.href, `drop database e2e_${id} with (force)`),
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
