// docs/guides/rollouts-by-hand.md and canary.md: their commands run as written, and each of the controller's answers is a yes.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealControllers } from './real-controller.fixture';

/** Without a router and a running system of npm start, and with model servers nobody asks. */
function commandsOf(guide: string): string[] {
  const text = readFileSync(join(__dirname, '../../../../docs/guides', guide), 'utf8');
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  return blocks.filter((block) => !/run\.json|WEIR_ROUTER|greeter\.mjs/.test(block));
}

describe('the guides', () => {
  let controllers: RealControllers;
  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
  });
  afterAll(() => controllers.stop());

  const follow = async (guide: string) => {
    const failing =
      'curl() { command curl --fail-with-body --retry 0 "$@" || { echo "refused: $*" >&2; exit 1; }; echo; }';
    const script = [failing, 'set -euo pipefail', ...commandsOf(guide)].join('\n');
    const env = { ...process.env, WEIR_CONTROLLER: controllers.url(), WEIR_API_KEY: controllers.adminKey };
    const { status, stdout, stderr } = await run(script, env);
    expect([status, stderr]).toEqual([0, '']);
    return stdout;
  };
  const models = () => controllers.rows("select stable, state from model where name = 'greeter'");

  it('rollouts by hand works from declaring a model to deleting it', async () => {
    const said = await follow('rollouts-by-hand.md');
    for (const part of ['"state":"completed"', '"winner":"v2"', '"reason":"lunch"']) expect(said).toContain(part);
    expect(await models()).toEqual([{ stable: 'v1', state: 'retired' }]);
  });

  it('canary by evidence works from declaring a model to deleting it, after the other one too', async () => {
    const said = await follow('canary.md');
    for (const part of ['"source":"assumed"', '"attempt":2', '"waitingFor":["time: ']) expect(said).toContain(part);
    // the figures that the guide tells
    for (const part of ['"eValue":581.8', '"eValue":0.407', '"interval":[-0.0065']) expect(said).toContain(part);
    expect(await models()).toEqual([{ stable: 'v1', state: 'retired' }]);
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
