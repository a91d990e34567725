import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './lock';
import { identify } from './processes';
import { temporaryFolder } from './temporary-folder.fixture';

describe('the lock of a state folder', () => {
  const file = () => join(temporaryFolder(), 'lock');

  it('is there while it is held and gone when it is let go', () => {
    const lock = file();
    const letGo = takeLock(lock);
    expect(existsSync(lock)).toBe(true);
    letGo();
    expect(existsSync(lock)).toBe(false);
  });

  it('names the process that holds it and what to do', async () => {
    const lock = file();
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(other, 'spawn');
    writeFileSync(lock, JSON.stringify({ pid: other.pid, identity: identify(other.pid ?? 0) }));
    try {
      expect(() => takeLock(lock)).toThrow(`process ${other.pid}): stop it, or set WEIR_STATE_DIR`);
      expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ pid: other.pid });
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('is taken over from a dead process', async () => {
    const lock = file();
    const other = spawn('true', { stdio: 'ignore' });
    const identity = identify(other.pid ?? 0);
    await once(other, 'exit');
    writeFileSync(lock, JSON.stringify({ pid: other.pid, identity }));
    takeLock(lock);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('is taken over from a process whose number somebody else has now', () => {
    const lock = file();
    writeFileSync(lock, JSON.stringify({ pid: process.ppid, identity: 'started in another life' }));
    expect(() => takeLock(lock)).not.toThrow();
  });

  it('is taken over when a full disk left it empty', () => {
    const lock = file();
    writeFileSync(lock, '');
    expect(() => takeLock(lock)).not.toThrow();
  });
});
