// docs/guides/rollouts-by-hand.md: its commands run as written, and each of the controller's answers is a yes.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealControllers } from './real-controller.fixture';

const guide = readFileSync(join(__dirname, '../../../../docs/guides/rollouts-by-hand.md'), 'utf8');
const blocks = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
/** Without a router and a running system of npm start, and with model servers nobody asks. */
const ofController = blocks.filter((block) => !/run\.json|WEIR_ROUTER|greeter\.mjs/.test(block));

describe('the guide to rollouts by hand', () => {
  let controllers: RealControllers;
  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
  });
  afterAll(() => controllers.stop());

  it('works from declaring a model to deleting it', async () => {
    const failing =
      'curl() { command curl --fail-with-body --retry 0 "$@" || { echo "refused: $*" >&2; exit 1; }; echo; }';
    const script = [failing, 'set -euo pipefail', ...ofController].join('\n');
    const { status, stdout, stderr } = await run(script, {
      ...process.env,
      WEIR_CONTROLLER: controllers.url(),
      WEIR_API_KEY: controllers.adminKey,
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"state":"completed"');
    expect(stdout).toContain('"winner":"v2"');
    expect(stdout).toContain('"reason":"lunch"');
    expect(await controllers.rows("select stable, state from model where name = 'greeter'")).toEqual([
      { stable: 'v1', state: 'retired' },
    ]);
  });
});

/** The controllers of this process answer the script, so the process must not wait for it with its hands tied. */
async function run(
  script: string,
  env: NodeJS.ProcessEnv,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const cwd = mkdtempSync(join(tmpdir(), 'weir guide '));
  const child = spawn('bash', ['-c', script], { env, cwd });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  rmSync(cwd, { recursive: true });
  return { status, stdout, stderr };
}
