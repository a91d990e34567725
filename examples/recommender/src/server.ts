// An Open Inference server of one version: user and genre in, titles out.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { z } from 'zod';
import { type Recommend } from './recommenders';

export const model = 'recommender';

const text = (name: string) =>
  z.object({
    name: z.literal(name),
    datatype: z.literal('BYTES'),
    shape: z.array(z.int()),
    data: z.array(z.string()).length(1),
  });
const question = z.object({ id: z.string().optional(), inputs: z.tuple([text('user'), text('genre')]) });

const mostBytes = 64 * 1024;
const keepAliveMs = 75_000;

export interface Serving {
  readonly version: string;
  readonly recommend: Recommend;
}

export function answer(
  { version, recommend }: Serving,
  method: string,
  path: string,
  body: string,
): { status: number; body: unknown } {
  if (/^\/v2\/health\/(live|ready)$/.test(path)) return { status: 200, body: { ready: true } };
  if (path === '/v2')
    return { status: 200, body: { name: 'weir-example-recommender', version: '0.1.0', extensions: [] } };
  const call = new RegExp(`^/v2/models/${model}(?:/versions/[^/]+)?(/ready|/infer)?$`).exec(path);
  if (!call) return { status: 404, body: { error: `there is no ${path}` } };
  if (call[1] === '/ready') return { status: 200, body: { name: model, ready: true } };
  if (call[1] === undefined)
    return {
      status: 200,
      body: { name: model, versions: [version], platform: 'weir-example', inputs: [], outputs: [] },
    };
  if (method !== 'POST') return { status: 405, body: { error: 'POST is answered here' } };
  const asked = question.safeParse(parsed(body));
  if (!asked.success)
    return {
      status: 400,
      body: { error: `inputs "user" and "genre" of one text each are expected: ${asked.error.issues[0]?.message}` },
    };
  const [user, genre] = asked.data.inputs;
  const films = recommend({ user: user.data[0] ?? '', genre: genre.data[0] ?? '' });
  const outputs = [{ name: 'titles', datatype: 'BYTES', shape: [films.length], data: films.map(({ title }) => title) }];
  return {
    status: 200,
    body: {
      model_name: model,
      model_version: version,
      ...(asked.data.id !== undefined && { id: asked.data.id }),
      outputs,
    },
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function startServer(
  serving: Serving,
  { port, host }: { port: number; host: string },
): Promise<RunningServer> {
  const server = createServer((request, response) => void handle(serving, request, response));
  server.keepAliveTimeout = keepAliveMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => closed(server) };
}

async function handle(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>)
      if ((bytes += chunk.length) <= mostBytes) chunks.push(chunk);
    const { method = 'GET', url = '/' } = request;
    const found =
      bytes > mostBytes
        ? { status: 413, body: { error: 'too large' } }
        : answer(serving, method, url, Buffer.concat(chunks).toString('utf8'));
    const sent = Buffer.from(JSON.stringify(found.body));
    response.writeHead(found.status, { 'content-type': 'application/json', 'content-length': sent.length });
    response.end(sent);
  } catch {
    response.destroy(); // the caller left in the middle of its body
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
