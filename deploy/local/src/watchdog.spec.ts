import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { identify } from './processes';
import { temporaryFolder } from './temporary-folder.fixture';

const watchModule = pathToFileURL(join(__dirname, '../bootstrap/watch.mjs')).href;

async function until(condition: () => boolean, limitMs = 15_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come true');
    await wait(20);
  }
}

// a runner, its watchdog and their grace take a while on a busy machine
jest.setTimeout(40_000);

describe('the watchdog', () => {
  /** A runner that starts a child in a group of its own, names it to the watchdog, and waits. */
  async function runner(childScript: string) {
    const folder = temporaryFolder();
    const script = `
      const { startWatch } = await import(${JSON.stringify(watchModule)});
      const { spawn } = await import('node:child_process');
      const { writeFileSync } = await import('node:fs');
      const watch = startWatch();
      const child = spawn('sh', ['-c', process.env.CHILD], { detached: true, stdio: 'ignore' });
      watch.add(child.pid);
      watch.addFile(process.cwd() + '/run.json');
      writeFileSync('child', String(child.pid));
      setInterval(() => undefined, 1000);`;
    writeFileSync(join(folder, 'run.json'), '{}');
    const main = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      env: { ...process.env, CHILD: childScript },
      stdio: 'ignore',
    });
    await until(() => existsSync(join(folder, 'child')) && readFileSync(join(folder, 'child'), 'utf8') !== '');
    return { main, folder, child: Number(readFileSync(join(folder, 'child'), 'utf8')) };
  }

  it('ends the children of a runner that was killed with -9, and takes run.json away', async () => {
    const { main, child, folder } = await runner('sleep 60 & wait');
    main.kill('SIGKILL');
    await until(() => identify(child) === undefined);
    await until(() => !existsSync(join(folder, 'run.json')));
    expect(identify(child)).toBeUndefined();
  });

  it('ends by force what does not listen', async () => {
    const { main, child } = await runner("trap '' TERM; while :; do sleep 0.2; done");
    main.kill('SIGKILL');
    await until(() => identify(child) === undefined);
    expect(identify(child)).toBeUndefined();
  });
});
