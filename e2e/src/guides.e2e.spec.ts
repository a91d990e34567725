// Guides that say that their commands run as written: they do, block after block, against one system for all of them.
import { runGuide } from './guide';
import { System } from './system';

let system: System;

beforeAll(async () => {
  system = await System.start();
}, 180_000);
afterAll(() => system?.stop());

it('ab: the better version wins in two regions, and is their target from then on', async () => {
  const { printedBy } = await runGuide(system, 'ab');
  const decided = printedBy('decision.reason');
  expect(decided).toMatch(/winner after .* v2 is shown to be better in clicked/);
  const policy = JSON.parse(decided.slice(decided.lastIndexOf('\n{'))) as object;
  const targets = [{ when: { region: ['eu', 'us'] }, version: 'v2' }];
  expect(policy).toMatchObject({ stable: 'v1', slices: [], targets });
}, 300_000);

it('bandit: clicks move the traffic to the best version; its log says what shares by device would have earned, and its books are computed again', async () => {
  const { printedBy } = await runGuide(system, 'bandit');
  expect(printedBy('weightBps < 7500')).toContain('v3');
  const would = JSON.parse(printedBy('/off-policy')) as { usable: boolean; estimate: { snips: number } };
  expect(would).toMatchObject({ usable: true });
  expect(would.estimate.snips).toBeGreaterThan(0.45); // 17/30 is true; v3 alone has 14/30
  expect(printedBy('bandit rebuild')).toMatch(/clicked +\d+ +0 +0 +0 +equal/);
  expect(printedBy('/promote')).toContain('completed');
}, 300_000);
