import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fakeHost } from './fake-host';
import { identify } from './processes';
import { StateFolder } from './state-folder';
import { endLeftovers, Supervisor, type ProcessSpec } from './supervisor';
import { temporaryFolder } from './temporary-folder.fixture';

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come true');
    await wait(20);
  }
}

describe('the supervisor', () => {
  let state: StateFolder;
  let host: ReturnType<typeof fakeHost>;
  let supervisor: Supervisor;
  let changes: number;

  beforeEach(() => {
    state = new StateFolder(temporaryFolder());
    state.create();
    state.open();
    host = fakeHost();
    changes = 0;
    supervisor = new Supervisor(host, state, () => (changes += 1));
  });
  afterEach(() => supervisor.stop());

  /** Ready once it has written its mark; its child, a sleep, is in its group. */
  function stub(name: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
    const mark = join(state.path, `${name}.ready`);
    return {
      name,
      layer: 'service',
      command: 'sh',
      args: ['-c', script.replaceAll('READY', `touch "${mark}"`)],
      readyWithinMs: 5_000,
      isReady: () => Promise.resolve(existsSync(mark)),
      ...more,
    };
  }
  const pid = () => supervisor.running()[0]?.pid ?? 0;

  it('waits until a process is ready, and leaves none of its group', async () => {
    await supervisor.start(stub('steady', 'sleep 60 & echo $! > child; READY; wait', { cwd: state.path }));
    const child = Number(readFileSync(join(state.path, 'child'), 'utf8'));
    expect(identify(child)).toBeDefined();
    await supervisor.stop();
    expect(identify(child)).toBeUndefined();
    expect(host.watched.size).toBe(0);
    expect(supervisor.running()).toEqual([]);
  });

  it('shows the last words of a process that ends at its start', async () => {
    const failing = supervisor.start(stub('failing', 'echo the port is taken; exit 3'));
    await expect(failing).rejects.toThrow(/failing ended at its start \(exit code 3\)[\s\S]*the port is taken/);
  });

  it('says which program is not there', async () => {
    await expect(supervisor.start(stub('absent', '', { command: '/no/such/program' }))).rejects.toThrow(/ENOENT/);
  });

  it('gives up on a process that does not become ready', async () => {
    await expect(supervisor.start(stub('slow', 'sleep 60', { readyWithinMs: 300 }))).rejects.toThrow(
      'slow was not ready within 0.3 s',
    );
  });

  it('stops waiting when it is told to stop', async () => {
    const starting = supervisor.start(stub('slow', 'sleep 60'));
    host.stop();
    await expect(starting).rejects.toThrow('stopped');
  });

  it('starts a killed process again under another pid, and says so', async () => {
    await supervisor.start(stub('killed', 'READY; exec sleep 60'));
    const first = pid();
    process.kill(first, 'SIGKILL');
    await until(() => pid() !== 0 && pid() !== first);
    expect(host.said.join('\n')).toMatch(/killed ended \(SIGKILL\); it is started again/);
    expect(changes).toBeGreaterThanOrEqual(3);
  });

  it('leaves a held process down until it is released', async () => {
    await supervisor.start(stub('held', 'READY; exec sleep 60'));
    mkdirSync(state.hold, { recursive: true });
    writeFileSync(join(state.hold, 'held'), '');
    process.kill(pid(), 'SIGKILL');
    await until(() => pid() === 0);
    await wait(1_000);
    expect(pid()).toBe(0);
    rmSync(join(state.hold, 'held'));
    await until(() => pid() !== 0);
  });

  it('does not start again what it ends itself', async () => {
    await supervisor.start(stub('stopped', 'READY; exec sleep 60'));
    await supervisor.stop();
    await wait(700);
    expect(supervisor.running()).toEqual([]);
    expect(host.said).toEqual([]);
  });

  it('ends the example before the services and the infrastructure last', async () => {
    const script = (name: string) => `trap 'echo ${name} >> order; exit 0' TERM; READY; while :; do sleep 0.05; done`;
    for (const layer of ['infrastructure', 'service', 'example'] as const)
      await supervisor.start(stub(layer, script(layer), { layer, cwd: state.path }));
    await supervisor.stop();
    expect(readFileSync(join(state.path, 'order'), 'utf8').trim().split('\n')).toEqual([
      'example',
      'service',
      'infrastructure',
    ]);
  });

  it('finds what a killed runner left by its records, and spares a stranger with the same number', async () => {
    await supervisor.start(stub('orphan', 'READY; sleep 60 & wait'));
    const orphan = pid();
    const records = JSON.parse(readFileSync(state.processesFile, 'utf8')) as object[];
    const stranger = { ...records[0], name: 'stranger', pid: process.pid, identity: 'of another time' };
    writeFileSync(state.processesFile, JSON.stringify([...records, stranger]));
    expect(await endLeftovers(state)).toEqual(['orphan']);
    expect(identify(orphan)).toBeUndefined();
  });
});
