import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeRunFile } from './run-file';
import { StateFolder } from './state-folder';
import { temporaryFolder } from './temporary-folder.fixture';

function opened(path = temporaryFolder()): StateFolder {
  const state = new StateFolder(path);
  state.create();
  state.open();
  return state;
}

describe('the state folder', () => {
  it('keeps the admin key from run to run, in the form that the services take', () => {
    const state = opened();
    const key = state.adminKey();
    expect(key).toMatch(/^weir_[0-9a-f]+_[0-9a-f]{48}$/);
    expect(opened(state.path).adminKey()).toBe(key);
  });

  it('shows its secrets to its owner only', () => {
    const state = opened();
    state.adminKey();
    writeRunFile(state.runFile, { ...addresses, adminKey: state.adminKey(), processes: [] });
    for (const name of ['settings.json', 'run.json']) expect(statSync(join(state.path, name)).mode & 0o077).toBe(0);
  });

  it('forgets all by reset but what is not its own', () => {
    const state = opened();
    const key = state.adminKey();
    writeFileSync(join(state.path, 'notes.txt'), 'mine');
    state.reset();
    expect(readdirSync(state.path)).toEqual(['notes.txt']);
    expect(opened(state.path).adminKey()).not.toBe(key);
  });

  it('keeps the log of the run before beside the new one', () => {
    const state = opened();
    writeFileSync(state.freshLog('router'), 'first run');
    const log = state.freshLog('router');
    expect(existsSync(log)).toBe(false);
    expect(readFileSync(join(state.logs, 'router.previous.log'), 'utf8')).toBe('first run');
  });
});

const addresses = {
  router: ['http://127.0.0.1:8080'],
  collector: 'http://127.0.0.1:8081',
  controller: 'http://127.0.0.1:8082',
  comparator: 'http://127.0.0.1:8083',
  allocator: 'http://127.0.0.1:8084',
  console: 'http://127.0.0.1:8082',
  kafkaBrokers: '127.0.0.1:9092',
  databaseUrl: 'postgres://127.0.0.1/weir',
  redisUrl: 'redis://127.0.0.1',
};
