// The server's end: who has connected is answered.
import { request } from 'node:http';
import { type AddressInfo } from 'node:net';
import { liveServer } from './live-server';

describe('the live server', () => {
  it('answers every connection that was made before it closed, also those that Node had not seen yet', async () => {
    const live = { handle: () => undefined, take: () => undefined };
    const server = liveServer(live)((_, response) => response.writeHead(200, { connection: 'close' }).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const statuses = Array.from(
      { length: 30 },
      () =>
        new Promise((resolve) => {
          const call = request({ port, host: '127.0.0.1', path: '/livez', agent: false });
          call
            .on('response', (response) => resolve(response.resume().statusCode))
            .on('error', ({ message }) => resolve(message));
          call.end();
        }),
    );
    // the kernel has accepted them all; the loop has not turned since
    const closed = new Promise((resolve) => server.close(resolve));
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]));
    await closed;
  });
});
