// A real process with real signals: what a supervisor sees of a service.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

/** swc in the child, as Jest does it here: the process runs from the sources. */
const hook = `
  const swc = require('@swc/core');
  const options = JSON.parse(require('node:fs').readFileSync(${JSON.stringify(join(__dirname, '../../../.swcrc'))}, 'utf8'));
  require.extensions['.ts'] = (module, filename) =>
    module._compile(swc.transformFileSync(filename, { ...options, swcrc: false }).code, filename);
`;

const service = `
  const { Module } = require('@nestjs/common');
  const { bootService, createLogger, createMetrics, Health, runMain } = require(${JSON.stringify(join(__dirname, 'index.ts'))});
  class Empty {
    async onApplicationShutdown() { await new Promise((done) => setTimeout(done, Number(process.env.SLOW_MS ?? 0))); }
  }
  Module({})(Empty);
  const logger = createLogger('spec', 'info');
  void runMain(logger, async () => {
    if (process.env.FAIL) throw new Error('no start today');
    await bootService({ name: 'spec', module: Empty, config: { port: 0, host: '127.0.0.1', drainMs: 10 }, logger, metrics: createMetrics(), health: new Health() });
    if (process.env.CRASH) void Promise.reject(new Error('nobody caught me'));
  });
`;

interface Line {
  readonly level: string;
  readonly msg: string;
}

class Child {
  readonly lines: Line[] = [];
  private readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  private readonly started: Promise<void>;

  constructor(env: Record<string, string> = {}) {
    const args = ['--conditions', '@weir/source', '-e', hook + service];
    this.process = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], ...env },
      cwd: __dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const reader = createInterface({ input: this.process.stdout as NodeJS.ReadableStream });
    const read = once(reader, 'close'); // the exit may come before its last line is read
    this.ended = Promise.all([once(this.process, 'exit'), read]).then(([[code]]) => code as number | null);
    this.started = new Promise((resolve) => {
      reader.on('line', (text) => {
        const line = JSON.parse(text) as Line;
        this.lines.push(line);
        if (line.msg === 'started') resolve();
      });
    });
  }

  async signal(...signals: NodeJS.Signals[]): Promise<void> {
    await this.started;
    for (const signal of signals) this.process.kill(signal);
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
}

const children: Child[] = [];
const run = (env?: Record<string, string>): Child => {
  const child = new Child(env);
  children.push(child);
  return child;
};
afterEach(() => children.splice(0).forEach((child) => child.kill()));

it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
  'ends with 0 after %s',
  async (signal) => {
    const child = run();
    await child.signal(signal);
    expect(await child.ended).toBe(0);
    expect(child.lines.map(({ msg }) => msg)).toEqual(['started', 'stopping', 'stopped']);
  },
  20_000,
);

it('stops once when told twice', async () => {
  const child = run({ SLOW_MS: '300' });
  await child.signal('SIGTERM');
  await child.signal('SIGTERM', 'SIGINT');
  expect(await child.ended).toBe(0);
  expect(child.lines.filter(({ msg }) => msg === 'stopping')).toHaveLength(1);
  expect(child.lines.at(-1)?.msg).toBe('stopped');
}, 20_000);

it('ends with 1 and one line when a promise was rejected and nobody cared', async () => {
  const child = run({ CRASH: '1' });
  expect(await child.ended).toBe(1);
  expect(child.lines.at(-1)).toMatchObject({
    level: 'fatal',
    msg: 'unhandled rejection: the process ends',
    err: { message: 'nobody caught me' },
  });
}, 20_000);

it('ends with 1 and one line when it cannot start', async () => {
  const child = run({ FAIL: '1' });
  expect(await child.ended).toBe(1);
  expect(child.lines).toMatchObject([{ level: 'fatal', msg: 'no start today' }]);
}, 20_000);
