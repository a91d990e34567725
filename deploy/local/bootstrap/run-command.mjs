// Runs a command to its end, in a process group of its own that a request to stop ends too.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { complaint } from './complaint.mjs';

const keptCharacters = 400_000;
const graceMs = 3_000;

/** A command that failed, with all it said. */
export class CommandFailed extends Error {
  constructor(command, code, output) {
    super(`${command} ended with ${code}`);
    this.name = 'CommandFailed';
    this.code = code;
    this.output = output;
  }
}

export function createRunner({ watch, stopping }) {
  /** Resolves with what the command printed; options: cwd, env, uid, gid, log (a file), screen (its output goes there), timeoutMs, allowFailure. */
  return function run(command, args, options = {}) {
    stopping.throwIfAborted();
    return new Promise((resolve, reject) => {
      const { cwd, env, uid, gid, screen } = options;
      const out = screen ? 'inherit' : 'pipe';
      const child = spawn(command, args, {
        cwd,
        env: env ?? process.env,
        uid,
        gid,
        detached: true,
        stdio: ['ignore', out, out],
      });
      const heard = listen(child, options.log);
      if (child.pid) watch.add(child.pid);
      const end = (signal) => endGroup(child.pid, signal);
      const stop = () => {
        end('SIGTERM');
        setTimeout(() => end('SIGKILL'), graceMs).unref();
      };
      const timer = options.timeoutMs ? setTimeout(stop, options.timeoutMs) : undefined;
      stopping.addEventListener('abort', stop, { once: true });
      const settle = () => {
        clearTimeout(timer);
        stopping.removeEventListener('abort', stop);
        if (child.pid) watch.remove(child.pid);
      };
      child.on('error', (error) => {
        settle();
        reject(error.code === 'ENOENT' ? complaint(`${command} is not installed.`) : error);
      });
      child.on('close', (code, signal) => {
        if (code !== 0) end('SIGKILL');
        settle();
        if (stopping.aborted) reject(stopping.reason);
        else if (code === 0 || options.allowFailure) resolve(heard.text());
        else reject(new CommandFailed(command, code ?? signal, heard.text()));
      });
    });
  };
}

function listen(child, log) {
  const file = log ? createWriteStream(log, { flags: 'a' }) : undefined;
  file?.on('error', () => undefined);
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      kept = (kept + data).slice(-keptCharacters);
      file?.write(data);
    });
  }
  child.on('close', () => file?.end());
  return { text: () => kept };
}

function endGroup(pid, signal) {
  try {
    if (pid) process.kill(-pid, signal);
  } catch {
    // it has ended
  }
}
