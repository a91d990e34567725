// A client of the Open Inference Protocol as the Python registry has it talks to the router as to any server.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoneRouter } from './lone-router';

const client = 'tritonclient[http]==2.73.0';
const headerLength = 'inference-header-content-length';

let server: Server;
let router: LoneRouter;
let folder: string;
const asked: { body: Buffer; headers: IncomingMessage['headers'] }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-protocol-client-'));
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const v1 = { modelName: 'spam-model', instances: [{ url, state: 'in-service' as const }] };
  router = await LoneRouter.start({ v1 }, 5_000);
});
afterEach(async () => {
  await router?.stop();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Gives its inputs back as outputs: numbers as JSON, bytes as bytes, as it was asked. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const tensor = { name: 'y', datatype: 'FP32', shape: [1, 4] };
  if (request.method === 'GET') {
    const inputs = [{ ...tensor, name: 'x' }];
    const metadata = { name: 'spam-model', platform: 'p', versions: ['1'], inputs, outputs: [tensor] };
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata));
  }
  const body = Buffer.concat(chunks);
  asked.push({ body, headers: request.headers });
  const jsonLength = Number(request.headers[headerLength] ?? body.length);
  const { id, inputs } = JSON.parse(body.toString('utf8', 0, jsonLength)) as {
    id: string;
    inputs: { data?: unknown }[];
  };
  const bytes = body.subarray(jsonLength);
  const kind = bytes.length > 0 ? { parameters: { binary_data_size: bytes.length } } : { data: inputs[0]?.data };
  const told = { model_name: 'spam-model', model_version: '1', id, outputs: [{ ...tensor, ...kind }] };
  const text = Buffer.from(JSON.stringify(told));
  const head =
    bytes.length > 0 ? { [headerLength]: String(text.length), 'content-type': 'application/octet-stream' } : {};
  response.writeHead(200, { 'content-type': 'application/json', ...head }).end(Buffer.concat([text, bytes]));
}

/** Undefined: it is there. Else why it cannot be had here. */
function install(): string | undefined {
  const made = spawnSync('python3', ['-m', 'venv', join(folder, 'python')], { encoding: 'utf8' });
  if (made.status !== 0) return `no Python that makes environments: ${made.stderr || String(made.error)}`;
  const pip = spawnSync(join(folder, 'python/bin/pip'), ['install', '--quiet', client], { encoding: 'utf8' });
  if (pip.status === 0) return undefined;
  if (/Could not find a version|No matching distribution|connection|resolve/i.test(pip.stderr))
    return `the registry cannot be reached: ${pip.stderr.trim().split('\n').at(-1)}`;
  throw new Error(pip.stderr);
}

it('protocol-client: tritonclient works against the router unchanged, with JSON and with its binary extension', async () => {
  const missing = install();
  if (missing !== undefined) return console.warn(`skipped: ${missing}`);
  const args = [join(__dirname, 'protocol-client.py'), `127.0.0.1:${router.port}`];
  // not spawnSync: the servers of this process must answer meanwhile
  const { stdout: text } = await promisify(execFile)(join(folder, 'python/bin/python'), args);
  const said = JSON.parse(text) as Record<string, unknown> & { readonly json: { readonly outputs: number[][] } };
  console.info(`figure protocol-client: ${client}, ${text.trim()}`);
  const outputs = [[1.5, -2.25, Math.fround(1e-3), 4]];
  const answered = { outputs, id: 'r-1', version: '1' };
  expect(said).toMatchObject({ live: true, ready: true, model_ready: true, server: 'weir' });
  expect(said['model']).toMatchObject({ name: 'spam', versions: ['v1'] });
  expect(said['binary']).toEqual(answered);
  expect(said['json']).toMatchObject({ id: 'r-1', version: '1' });
  expect(said.json.outputs.flat().map(Math.fround)).toEqual(outputs.flat());
  expect(said['unknown']).toEqual({ status: '404', message: expect.stringContaining('unknown model') as string });
  const floats = Buffer.from(Float32Array.from([1.5, -2.25, 1e-3, 4]).buffer);
  expect(asked).toHaveLength(2);
  expect(asked[1]?.body.subarray(Number(asked[1].headers[headerLength])).equals(floats)).toBe(true);
});
