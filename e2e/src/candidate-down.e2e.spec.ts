// A candidate that dies, hangs, fails or babbles: no caller sees an error that stable would not have given, and the candidate pays for it.
import { eventually, type Behaviour } from '@weir/testing';
import { servedInKafka } from './reconcile';
import { stageCanary, type Staged } from './stage';
import { System } from './system';
import { Traffic } from './traffic';

const seed = 7;
let system: System;
let staged: Staged;

beforeAll(async () => {
  console.info(`seed ${seed}`);
  system = await System.start();
  staged = await stageCanary(system, 'fragile', ['50%'], '2s');
}, 180_000);

afterAll(async () => {
  await Promise.all([staged?.v1.stop(), staged?.v2.stop()]);
  await system?.stop();
});

const faults: readonly [string, Behaviour | undefined][] = [
  ['fails', { kind: 'answer', status: 500 }],
  ['hangs', { kind: 'hang' }],
  ['breaks off', { kind: 'truncate' }],
  ['resets', { kind: 'reset' }],
  ['is dead', undefined],
];

it.each(faults)('answers every caller from stable while the candidate %s', async (_, fault) => {
  if (fault) staged.v2.behaviour = fault;
  else await staged.v2.stop();

  const { router, collector } = system.run();
  const traffic = new Traffic({
    routers: router,
    collector,
    model: staged.model,
    ratePerSecond: 60,
    units: 500,
    seed,
    never: 1,
  });
  const running = traffic.run();
  await eventually(() => traffic.answers.length >= 150);
  await traffic.stop();
  await running;
  if (!fault) await staged.v2.resume();
  staged.v2.behaviour = { kind: 'answer' };

  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
  const fellBack = traffic.answers.filter(({ assigned }) => assigned === 'v2');
  expect(fellBack.length).toBeGreaterThan(30);

  const ids = new Set(traffic.answers.map(({ predictionId }) => predictionId));
  const events = await eventually(async () => {
    const all = await servedInKafka(system, staged.model);
    return [...ids].every((id) => all.has(id))
      ? [...all.values()].filter((event) => ids.has(String(event['predictionId'])))
      : undefined;
  });
  const assigned = events.filter((event) => event['arm'] === 'v2');
  expect(
    assigned.every(
      (event) => event['armStatus'] !== 'ok' && event['fallback'] === true && event['answeredBy'] === 'v1',
    ),
  ).toBe(true);
  expect(assigned.length).toBe(fellBack.length);
});
