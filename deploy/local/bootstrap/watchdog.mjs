// Ends what the runner started when the runner is gone, however it went (kill -9 included). Its standard input is
// a pipe that only the runner holds: the pipe's end is the runner's end.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const graceMs = 10_000;
const groups = new Map();
const containers = new Set();
const files = new Set();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

const apply = {
  add: (pid, message) => groups.set(pid, message.signal),
  remove: (pid) => groups.delete(pid),
  addContainer: (name) => containers.add(name),
  removeContainer: (name) => containers.delete(name),
  addFile: (path) => files.add(path),
  removeFile: (path) => files.delete(path),
};

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    for (const [name, value] of Object.entries(message)) apply[name]?.(value, message);
  })
  .on('close', () => void end());

async function end() {
  for (const path of files) rmSync(path, { force: true });
  for (const [pid, signal] of groups) send(pid, signal);
  const deadline = Date.now() + graceMs;
  while ([...groups.keys()].some(alive) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (const pid of groups.keys()) send(pid, 'SIGKILL');
  if (containers.size > 0) spawnSync('docker', ['rm', '-f', '-v', ...containers], { stdio: 'ignore' });
  process.exit(0);
}

function send(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // it has ended
  }
}

function alive(pid) {
  try {
    process.kill(-pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** Where nobody reaps orphans (a container without an init) the dead keep their group. */
function isZombie(pid) {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
