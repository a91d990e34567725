// One router by itself, as a process: it serves by a policy on its disk, with no controller and no Kafka. For faults of the live path.
import { buildPolicy, buildSlice, eventually } from '@weir/testing';
import { type PolicyPublished } from '@weir/contracts';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(__dirname, '..', '..', 'apps', 'request-router', 'dist', 'main.js');

export class LoneRouter {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Half of the units of the model `spam` meet the candidate v2. */
  static async start(versions: PolicyPublished['versions'], timeoutMs: number): Promise<LoneRouter> {
    const folder = mkdtempSync(join(tmpdir(), 'weir-lone-router-'));
    const slices = [buildSlice({ arms: { v1: 5_000, v2: 5_000 } })];
    remember(folder, buildPolicy({ versions, timeoutMs, slices }));
    const port = await freePort();
    const env = {
      PATH: process.env['PATH'],
      PORT: String(port),
      HOST: '127.0.0.1',
      KAFKA_BROKERS: '127.0.0.1:9',
      WEIR_PROFILE: 'local',
      WEIR_DATA_DIR: folder,
      WEIR_ROUTER_ID: 'lone',
      WEIR_WORKERS: '1',
      LOG_LEVEL: 'error',
    };
    const child = spawn(process.execPath, [main], { env, stdio: 'ignore' });
    const router = new LoneRouter(`http://127.0.0.1:${port}`, child, folder);
    const hopeless = () => (child.exitCode === null ? undefined : `the router ended with ${child.exitCode}`);
    await eventually(async () => (await fetch(`${router.url}/v2/health/ready`)).ok, {
      timeoutMs: 60_000,
      hopeless,
    }).catch(async (error: unknown) => {
      await router.stop();
      throw error;
    });
    return router;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As the router keeps its last known good policies. */
function remember(folder: string, policy: PolicyPublished): void {
  mkdirSync(join(folder, 'policies'));
  const text = JSON.stringify(policy);
  const digest = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(folder, 'policies', `${policy.model}.lkg`), `${digest}\n${text}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
