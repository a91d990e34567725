// A router of two workers as processes of its own, from the sources: node:cluster starts the same program again for each worker.
import { eventually } from '@weir/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface RouterLine {
  readonly msg: string;
  readonly port?: number;
  readonly pid: number;
  readonly worker?: number;
}

export interface RouterOfTwo {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has logged so far. */
  readonly lines: readonly RouterLine[];
  /** Asks it to end; its exit code. */
  end(): Promise<number | null>;
}

export async function startRouterOfTwo(
  some: { brokers: string; prefix: string; dataDir: string },
  timeoutMs: number,
): Promise<RouterOfTwo> {
  const loader = join(__dirname, '..', '..', '..', 'libs', 'bus', 'src', 'load-typescript.fixture.cjs');
  const router = spawn(process.execPath, ['-r', loader, '-C', '@weir/source', join(__dirname, 'main.ts')], {
    env: {
      ...process.env,
      KAFKA_BROKERS: some.brokers,
      WEIR_TOPIC_PREFIX: some.prefix,
      WEIR_PROFILE: 'local',
      WEIR_DATA_DIR: some.dataDir,
      WEIR_ROUTER_ID: 'router-of-two',
      WEIR_WORKERS: '2',
      HOST: '127.0.0.1',
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: RouterLine[] = [];
  let rest = '';
  router.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.filter((part) => part.startsWith('{')).map((part) => JSON.parse(part) as RouterLine));
  });
  const end = async (): Promise<number | null> => {
    const exited = once(router, 'exit') as Promise<[number | null]>;
    router.kill('SIGTERM');
    return (await exited)[0];
  };
  try {
    const port = await eventually(() => lines.find(({ msg }) => msg === 'started')?.port, { timeoutMs });
    return { url: `http://127.0.0.1:${port}`, process: router, lines, end };
  } catch (error) {
    router.kill('SIGKILL');
    throw error;
  }
}
