// Waits until a server has done what a visit left it to do, so that the next target has the core to itself.
import { setTimeout as pause } from 'node:timers/promises';
import { readCpu, spentBetween } from './cpu-meter';

const lookMs = 250;
const idleCores = 0.08;
const limitMs = 30_000;

export async function settle(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const deadline = performance.now() + limitMs;
  let before = readCpu([pid]);
  while (performance.now() < deadline) {
    await pause(lookMs);
    const now = readCpu([pid]);
    if (spentBetween(before, now).of(pid) / (lookMs / 1_000) < idleCores) return;
    before = now;
  }
}
