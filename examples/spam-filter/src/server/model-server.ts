// The socket side of the model server: bodies in and out, keep-alive, and an end that loses no answer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Answer, answer, failure, type Served } from './answer';

/** Longest body taken, bytes. */
const mostBytes = 4 * 1024 * 1024;
/** Longer than a client keeps an idle connection, so that the client is the one to let go. */
const keepAliveMs = 75_000;
/** Longest wait for requests in flight at the end. */
const drainMs = 10_000;

export interface ModelServer {
  readonly url: string;
  /** Answers what has come, takes nothing new. */
  drain(): Promise<void>;
}

export async function startModelServer(served: Served, listen: { port: number; host: string }): Promise<ModelServer> {
  const server = createServer((request, response) => void handle(served, request, response));
  server.keepAliveTimeout = keepAliveMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = listen.host === '0.0.0.0' || listen.host === '::' ? '127.0.0.1' : listen.host;
  return { url: `http://${host}:${port}`, drain: () => drain(server) };
}

async function handle(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request);
    const { method = 'GET', url: path = '/' } = request;
    send(
      response,
      body === undefined ? failure(413, `a body may have ${mostBytes} bytes`) : answer(served, { method, path, body }),
    );
  } catch {
    response.destroy(); // the caller left in the middle of its body
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes > mostBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(timer);
}
