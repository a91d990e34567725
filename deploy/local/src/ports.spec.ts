import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimPort, isFree, releasePorts } from './ports';
import { temporaryFolder } from './temporary-folder.fixture';

describe('ports', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function listenOn(host: string): Promise<number> {
    const server = createServer().listen(0, host);
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  it.each(['127.0.0.1', '0.0.0.0'])('sees that somebody listens on %s', async (host) => {
    const port = await listenOn(host);
    expect(await isFree(port)).toBe(false);
    expect(await claimPort([port], temporaryFolder())).not.toBe(port);
  });

  it('gives the port it is asked for, and to one asker only', async () => {
    const folder = temporaryFolder();
    const free = await claimPort([], folder);
    releasePorts(folder);
    expect(await claimPort([undefined, free], folder)).toBe(free);
    expect(await claimPort([free], folder)).not.toBe(free);
  });

  it('leaves a port to another user who has claimed it', async () => {
    const beside = temporaryFolder();
    const [one, other] = [join(beside, 'weir-ports-1'), join(beside, 'weir-ports-2')];
    const taken = await claimPort([], one);
    expect(await claimPort([taken], other)).not.toBe(taken);
    releasePorts(one);
    expect(await claimPort([taken], other)).toBe(taken);
  });

  it('stays below the ports of outgoing connections', async () => {
    const port = await claimPort([], temporaryFolder());
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_768);
  });

  it('takes over the claim of a dead process', async () => {
    const folder = temporaryFolder();
    const free = await claimPort([], temporaryFolder());
    writeFileSync(
      join(folder, String(free)),
      JSON.stringify({ pid: process.ppid, identity: 'of a process that is gone' }),
    );
    expect(await claimPort([free], folder)).toBe(free);
  });
});
