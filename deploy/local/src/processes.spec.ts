// The end of process groups.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endGroup, isGroupAlive } from './processes';

it('ends by force what is left of a group whose leader went at once', async () => {
  const script = "(trap '' TERM; echo up; while :; do sleep 0.05; done) & wait";
  const leader = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(leader.stdout, 'data');
  const group = leader.pid ?? 0;
  const left = once(leader, 'exit');
  const ended = endGroup(group, 'SIGTERM', 300);
  await left;
  expect(isGroupAlive(group)).toBe(true); // it does not listen
  await ended;
  expect(isGroupAlive(group)).toBe(false);
});
