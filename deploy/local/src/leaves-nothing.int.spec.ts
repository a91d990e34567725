// The runner with real servers, ended in every way at moments of chance: no process may remain.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { commandLine, identify } from './processes';
import { temporaryFolder } from './temporary-folder.fixture';

const root = join(__dirname, '../../..');
const seed = Number(process.env['WEIR_TEST_SEED'] ?? Date.now() % 100_000);
const readyWithinMs = 100_000;

jest.setTimeout(180_000);

/** A fixed row of numbers from 0 to 1, so that a failure can be seen again. */
function chance(from: number): () => number {
  let state = from;
  return () => (state = (state * 16_807 + 11) % 2_147_483_647) / 2_147_483_647;
}

/** Who was started for this state folder: its path is in their command line, their environment or their working folder. */
function processesOf(folder: string): string[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const ours = numbers.filter((pid) => identify(Number(pid)) && traces(pid).some((trace) => trace.includes(folder)));
  return ours.map((pid) => `${pid} ${commandLine(Number(pid))}`);
}

function traces(pid: string): string[] {
  try {
    return [commandLine(Number(pid)), readFileSync(`/proc/${pid}/environ`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`)];
  } catch {
    return [];
  }
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux(`the runner, seed ${seed}`, () => {
  const random = chance(seed);
  let folder: string;
  let runner: ChildProcess;
  let said: string;

  beforeEach(() => {
    folder = temporaryFolder();
    chmodSync(folder, 0o711);
    const { KAFKA_BROKERS: _kafka, DATABASE_URL: _database, REDIS_URL: _redis, ...env } = process.env;
    runner = spawn(process.execPath, [join(root, 'deploy/local/run.mjs'), 'start', '--bare'], {
      env: { ...env, WEIR_STATE_DIR: folder, WEIR_INFRASTRUCTURE: 'local' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    said = '';
    for (const stream of [runner.stdout, runner.stderr])
      stream?.on('data', (data: Buffer) => (said += data.toString()));
  });
  afterEach(() => void runner.kill('SIGKILL'));

  async function untilGone(): Promise<string[]> {
    const deadline = Date.now() + 40_000;
    let left = processesOf(folder);
    while (left.length > 0 && Date.now() < deadline) {
      await wait(100);
      left = processesOf(folder);
    }
    return left;
  }

  async function untilUp(): Promise<void> {
    const deadline = Date.now() + readyWithinMs;
    while (!existsSync(join(folder, 'run.json'))) {
      if (Date.now() > deadline || runner.exitCode !== null)
        throw new Error(`the system did not come up (exit code ${runner.exitCode}):\n${said}`);
      await wait(100);
    }
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'leaves no process when %s comes on the way up',
    async (signal) => {
      await wait(500 + random() * 12_000);
      runner.kill(signal);
      expect(await untilGone()).toEqual([]);
    },
  );

  it('leaves no process and no run.json when it is killed with -9 while all is up', async () => {
    await untilUp();
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(7);
    runner.kill('SIGKILL');
    expect(await untilGone()).toEqual([]);
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });

  it('ends with 0 and leaves no process when it is asked to stop while all is up', async () => {
    await untilUp();
    runner.kill('SIGINT');
    const [code] = (await once(runner, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await untilGone()).toEqual([]); // the watchdog sees the runner end, and can only end after it
  });
});
