// The runner's side of the watchdog: names to it every process group that must not outlive the runner.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function startWatch() {
  const entries = new Map();
  let dog;
  let over = false;

  const tell = (message) => dog.stdin.write(`${JSON.stringify(message)}\n`);
  const launch = () => {
    dog = spawn(process.execPath, [fileURLToPath(new URL('./watchdog.mjs', import.meta.url))], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    dog.stdin.on('error', () => undefined);
    dog.on('error', () => undefined);
    dog.on('exit', () => over || launch());
    dog.unref();
    dog.stdin.unref?.();
    for (const message of entries.values()) tell(message);
  };
  const set = (key, message) => {
    entries.set(key, message);
    tell(message);
  };
  const unset = (key, message) => {
    if (entries.delete(key)) tell(message);
  };
  launch();

  return {
    /** A process group, and the signal that asks its leader to end. */
    add: (pid, signal = 'SIGTERM') => set(`pid ${pid}`, { add: pid, signal }),
    remove: (pid) => unset(`pid ${pid}`, { remove: pid }),
    addContainer: (name) => set(`container ${name}`, { addContainer: name }),
    removeContainer: (name) => unset(`container ${name}`, { removeContainer: name }),
    /** A file that says the system is up: it goes when the runner goes. */
    addFile: (path) => set(`file ${path}`, { addFile: path }),
    removeFile: (path) => unset(`file ${path}`, { removeFile: path }),
    done: () => {
      over = true;
      dog.stdin.end();
    },
  };
}
