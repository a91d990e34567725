// The system under test, as a user starts it: `npm start -- --bare` in a state folder of its own, found through run.json.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const root = join(__dirname, '..', '..');

export interface RunFile {
  readonly router: readonly string[];
  readonly collector: string;
  readonly controller: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly adminKey: string;
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly log: string }[];
}

export interface StartOptions {
  readonly routers?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of the environment to leave out, so that the system brings its own (KAFKA_BROKERS). */
  readonly without?: readonly string[];
  readonly readyWithinMs?: number;
}

export class System {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly stateDir: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  static async start(options: StartOptions = {}): Promise<System> {
    const stateDir = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
    const env = { ...process.env, ...options.env, WEIR_STATE_DIR: stateDir };
    for (const name of options.without ?? []) delete (env as Record<string, string | undefined>)[name];
    const args = [
      'deploy/local/run.mjs',
      'start',
      '--bare',
      ...(options.routers ? ['--routers', String(options.routers)] : []),
    ];
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const system = new System(child, stateDir);
    await eventually(() => system.run(), {
      withinMs: options.readyWithinMs ?? 120_000,
      failing: () => system.failed(),
    });
    return system;
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
  async kill(name: string, withinMs = 30_000): Promise<void> {
    const before = this.pid(name);
    process.kill(before, 'SIGKILL');
    await eventually(() => this.pid(name) !== before || undefined, { withinMs });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  private failed(): string | undefined {
    return this.child.exitCode === null
      ? undefined
      : `the system ended with ${this.child.exitCode}:\n${this.output.slice(-4_000)}`;
  }
}

/** Polls until the condition gives a value (undefined, false and errors mean: not yet). */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { withinMs = 20_000, failing = () => undefined as string | undefined, everyMs = 50 } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    const broken = failing();
    if (broken) throw new Error(broken);
    try {
      const value = await condition();
      if (value !== undefined && value !== false && value !== null) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`not so within ${withinMs} ms; last: ${String(last)}`);
    await pause(everyMs);
  }
}
