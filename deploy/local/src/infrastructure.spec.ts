import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { fakeHost } from './fake-host';
import { bringInfrastructure, withoutSecret } from './infrastructure';
import { answersKafka, answersRedis, splitAddress } from './probes';
import { StateFolder } from './state-folder';
import { Supervisor } from './supervisor';
import { temporaryFolder } from './temporary-folder.fixture';

describe('infrastructure', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function server(answer: (request: Buffer) => Buffer | string): Promise<number> {
    const made = createServer((socket) =>
      socket.on('data', (data) => socket.write(answer(data))).on('error', () => undefined),
    ).listen(0, '127.0.0.1');
    servers.push(made);
    await once(made, 'listening');
    return (made.address() as { port: number }).port;
  }

  it('that the environment names but that does not answer is named, all of it at once, without its password', async () => {
    const state = new StateFolder(temporaryFolder());
    state.create();
    state.open();
    const host = fakeHost();
    const env = {
      KAFKA_BROKERS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/weir',
      REDIS_URL: 'redis://:secret@127.0.0.1:1',
    };
    const context = { host, state, supervisor: new Supervisor(host, state), env, cache: state.path, isThrowaway: true };
    const brought = bringInfrastructure(context).then(
      () => '',
      (error: Error) => error.message,
    );
    const lines = (await brought).split('\n');
    expect(lines.map((line) => /(\w+) names (\S+), where no (\w+) answers/.exec(line)?.slice(1))).toEqual([
      ['KAFKA_BROKERS', '127.0.0.1:1', 'Kafka'],
      ['DATABASE_URL', 'postgres://127.0.0.1:1/weir', 'PostgreSQL'],
      ['REDIS_URL', 'redis://127.0.0.1:1', 'Redis'],
    ]);
    expect(withoutSecret(env.DATABASE_URL)).toBe('postgres://127.0.0.1:1/weir');
  });

  it('is not taken for Kafka when it speaks another protocol', async () => {
    const kafka = await server(() => Buffer.from([0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0]));
    const web = await server(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await answersKafka(`127.0.0.1:${kafka}`)).toBe(true);
    expect(await answersKafka(`127.0.0.1:${web}`)).toBe(false);
  });

  it('that asks for a password gets it', async () => {
    const redis = await server((request) =>
      request.toString().startsWith('AUTH open sesame\r\nPING') ? '+OK\r\n+PONG\r\n' : '-NOAUTH\r\n',
    );
    expect(await answersRedis(`redis://open:sesame@127.0.0.1:${redis}`)).toBe(true);
    expect(await answersRedis(`redis://127.0.0.1:${redis}`)).toBe(false);
  });

  it('has addresses with and without a port', () => {
    expect(splitAddress('kafka:29092', 9092)).toEqual({ host: 'kafka', port: 29_092 });
    expect(splitAddress(' kafka ', 9092)).toEqual({ host: 'kafka', port: 9092 });
    expect(splitAddress('[::1]:1234', 9092)).toEqual({ host: '::1', port: 1234 });
  });
});
