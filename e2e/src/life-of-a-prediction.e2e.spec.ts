// A prediction is routed, recorded, joined and counted; a person moves the canary; the books agree.
import { eventually } from '@weir/testing';
import { applied, command, stageCanary, type Staged } from './stage';
import { System } from './system';
import { reconcile, servedInKafka } from './reconcile';
import { readTopic } from './tap';
import { seed, underTraffic } from './under-fire';

let system: System;
let staged: Staged;
const patiently = { timeoutMs: 60_000, everyMs: 500 };

beforeAll(async () => {
  console.info(`seed ${seed}`);
  system = await System.start({ routers: 2 });
  staged = await stageCanary(system, 'life');
}, 180_000);

afterAll(async () => {
  await Promise.all([staged?.v1.stop(), staged?.v2.stop()]);
  await system?.stop();
});

it('moves a canary by hand from 10 % to all of the traffic, and every prediction and outcome is accounted for', async () => {
  const answered = () => staged.v1.asked.length + staged.v2.asked.length;
  const traffic = await underTraffic(system, staged, async () => {
    for (const step of [1, 2, 3]) {
      await eventually(() => answered() > step * 300);
      await command(system, staged.rollout, 'promote');
      await applied(system, staged.rollout);
    }
  });

  const { body: rollout } = await system.api<{ state: string; winner?: string }>('GET', `/rollouts/${staged.rollout}`);
  const { body: model } = await system.api<{ stable: string }>('GET', `/models/${staged.model}`);
  expect([rollout.state, model.stable]).toEqual(['completed', 'v2']);
  expect(traffic.failures).toEqual([]);
  expect(new Set(traffic.answers.map(({ status }) => status))).toEqual(new Set([200]));
  const books = await reconcile(system, staged.model, traffic);
  expect(books.outcomes.joined).toBeGreaterThan(0);
  expect(books.outcomes.duplicate).toBeGreaterThan(0);
  expect(books.outcomes.rejected).toBe(0);
});

it('keeps every unit that the candidate had when the canary grew', async () => {
  const events = [...(await servedInKafka(system, staged.model)).values()].filter(
    (event) => event['rollout'] === staged.rollout,
  );
  const movedBack = events
    .map((event) => ({ unit: String(event['unit']), step: Number(event['step']), arm: String(event['arm']) }))
    .sort((a, b) => a.step - b.step)
    .reduce(
      ({ on, back }, { unit, step, arm }) => ({
        on: arm === 'v2' ? on.set(unit, Math.min(step, on.get(unit) ?? step)) : on,
        back: arm !== 'v2' && (on.get(unit) ?? Infinity) < step ? [...back, unit] : back,
      }),
      { on: new Map<string, number>(), back: [] as string[] },
    );
  expect(movedBack.back).toEqual([]);
});

it('publishes evidence whose sums are those of the predictions themselves', async () => {
  const served = [...(await servedInKafka(system, staged.model)).values()].filter(
    (event) => event['rollout'] === staged.rollout,
  );
  const counted = await eventually(async () => {
    const rows = (await readTopic(system.run().kafkaBrokers, system.topic('weir.evidence.v1'))).map(
      ({ value }) => value as EvidenceRow,
    );
    const last = new Map<string, EvidenceRow>();
    for (const row of rows.filter((each) => each.rollout === staged.rollout && each.metric === 'error-rate'))
      // the greatest sequence is the last word: rows of one window may pass each other on their way to the topic
      if ((last.get(rowKey(row))?.sequence ?? 0) < row.sequence) last.set(rowKey(row), row);
    const sums = [...last.values()].reduce(
      (all, row) => ({ ...all, [row.arm]: (all[row.arm] ?? 0) + row.n }),
      {} as Record<string, number>,
    );
    return Object.values(sums).reduce((a, b) => a + b, 0) === served.length ? sums : undefined;
  }, patiently);
  expect(counted['v1']).toBe(served.filter((event) => event['arm'] === 'v1').length);
  expect(counted['v2']).toBe(served.filter((event) => event['arm'] === 'v2').length);
});

interface EvidenceRow {
  rollout: string;
  metric: string;
  arm: string;
  sequence: number;
  n: number;
  step: number;
  period: number;
  epoch: number;
  segment: string | null;
  stage: number;
  window: { index: number };
}

function rowKey(row: EvidenceRow): string {
  return JSON.stringify([
    row.stage,
    row.step,
    row.period,
    row.epoch,
    row.segment,
    row.arm,
    row.metric,
    row.window.index,
  ]);
}
