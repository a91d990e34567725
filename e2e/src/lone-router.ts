// One router by itself, as a process: it serves by a policy on its disk, with no controller and no Kafka. For faults of the live path.
import { buildPolicy, buildSlice, eventually } from '@weir/testing';
import { type PolicyPublished } from '@weir/contracts';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(__dirname, '..', '..', 'apps', 'request-router', 'dist', 'main.js');

export interface LoneRouterOptions extends Partial<Pick<PolicyPublished, 'protocol' | 'capture'>> {
  readonly env?: Readonly<Record<string, string>>;
  /** Of other models. */
  readonly others?: readonly PolicyPublished[];
}

export class LoneRouter {
  private constructor(
    readonly url: string,
    readonly port: number,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Half of the units of the model `spam` meet the candidate v2, where there is one. */
  static async start(
    versions: PolicyPublished['versions'],
    timeoutMs: number,
    { env: more = {}, others = [], ...policy }: LoneRouterOptions = {},
  ): Promise<LoneRouter> {
    const folder = mkdtempSync(join(tmpdir(), 'weir-lone-router-'));
    const slices = 'v2' in versions ? [buildSlice({ arms: { v1: 5_000, v2: 5_000 } })] : [];
    mkdirSync(join(folder, 'policies'));
    for (const one of [buildPolicy({ versions, timeoutMs, slices, ...policy }), ...others]) remember(folder, one);
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
      ...more,
    };
    // as it is run in earnest (deploy/local, docker-compose.yml)
    const child = spawn(process.execPath, ['--single-threaded-gc', '--max-semi-space-size=32', main], {
      env,
      stdio: 'ignore',
    });
    const router = new LoneRouter(`http://127.0.0.1:${port}`, port, child, folder);
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

  get pid(): number {
    return this.process.pid ?? NaN;
  }

  /** Of memory that is its own, bytes. */
  get residentBytes(): number {
    const pages = readFileSync(`/proc/${this.process.pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * 4_096;
  }

  /** Files and sockets that it has open. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.process.pid}/fd`).length;
  }

  /** Sum of a metric's lines. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const values = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
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
