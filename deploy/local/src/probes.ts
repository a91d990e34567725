// Asks each server, in its own protocol, whether it answers.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Client } from 'pg';

const probeMs = 2_000;

/** An ApiVersions request: the broker answers it only once it serves clients. */
export async function answersKafka(broker: string): Promise<boolean> {
  const { host, port } = splitAddress(broker, 9092);
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
  return converse(
    () => connect(port, host),
    request,
    (answer) => answer.length >= 8 && answer.readInt32BE(4) === 1,
  );
}

export async function answersRedis(url: string): Promise<boolean> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secret = [decodeURIComponent(username), decodeURIComponent(password)].filter((word) => word !== '');
  const request = `${secret.length > 0 ? `AUTH ${secret.join(' ')}\r\n` : ''}PING\r\n`;
  const open = () =>
    protocol === 'rediss:' ? connectTls(Number(port || 6379), hostname) : connect(Number(port || 6379), hostname);
  return converse(open, Buffer.from(request), (answer) => answer.includes('+PONG'));
}

/** Connects to the database; makes it when its server is there without it. */
export async function answersPostgres(url: string): Promise<boolean> {
  const outcome = await tryPostgres(url);
  if (outcome !== 'no such database') return outcome === 'connected';
  await createDatabase(url);
  return (await tryPostgres(url)) === 'connected';
}

async function tryPostgres(url: string): Promise<'connected' | 'no such database' | 'away'> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: probeMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return 'connected';
  } catch (error) {
    return (error as { code?: string }).code === '3D000' ? 'no such database' : 'away';
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string): Promise<void> {
  const server = new URL(url);
  const name = decodeURIComponent(server.pathname.slice(1));
  server.pathname = '/postgres';
  const client = new Client({ connectionString: server.href, connectionTimeoutMillis: probeMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch {
    // made by another in the meantime, or not permitted: the next try tells
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function answersHttp(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(probeMs) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** `host:port`, `host`, `[::1]:port`. */
export function splitAddress(address: string, defaultPort: number): { host: string; port: number } {
  const [, host = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(address.trim()) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? defaultPort) };
}

function converse(open: () => Socket, request: Buffer, isAnswer: (answer: Buffer) => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0);
    const socket = open();
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(probeMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('data', (data) => {
      heard = Buffer.concat([heard, data]);
      if (isAnswer(heard)) end(true);
    });
    socket.write(request);
  });
}
