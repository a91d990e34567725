// npm run bench -- profile: where the router's processor time goes while it is visited, by owner and by function.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Measured } from '../measure/measured';
import { sharesOf, type CpuProfile, type Share } from '../measure/read-profile';
import { type BenchOptions } from '../options';
import { startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';
import { type Stand } from '../targets/stand';
import { visitClosed, warmUp } from './closed-loop';

export async function benchProfile(stand: Stand, { seconds }: BenchOptions): Promise<Measured> {
  const { host, state } = stand.context;
  const stub = await startStub(stand);
  await startController(stand, stand.addresses, stub);
  const file = join(state.path, 'router.cpuprofile');
  const preload = join(__dirname, '../peers/profile-on-signal.js');
  const env = { BENCH_PROFILE: file };
  const router = await startRouter(stand, stand.addresses, { name: 'router-kafka', preload, env });
  await host.steps.step('Warmed', () => warmUp(stand, router));
  const pid = router.pid ?? process.pid;
  process.kill(pid, 'SIGUSR2');
  const visit = await host.steps.step('Visited', () => visitClosed(stand, router, 1, seconds));
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await pause(100);
  await pause(1_000);
  const { functions, owners } = sharesOf(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile);
  for (const line of [...owners.slice(0, 20), ...functions.slice(0, 60)].map(toLine)) host.steps.say(line);
  return { rows: [], visits: [visit] };
}

function toLine({ name, share }: Share): string {
  return `  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`;
}
