// A shadow is offered what production gets, however it comes: by units that come again, in segments, over Kafka.
import { eventually } from '@weir/testing';
import { askOverKafka, comparisonsOf, resultsOf, SickServer, stageShadow, sumOf } from './stage-shadow';
import { System } from './system';
import { readTopic } from './tap';

const units = 20;
const times = 5;
const shadowStage = { segments: ['region'] };
const patience = { timeoutMs: 90_000, everyMs: 250 };

let system: System;
let servers: SickServer[] = [];

beforeAll(async () => {
  // a machine that is slow is not what is tested here
  system = await System.start({ env: { WEIR_SHADOW_MAX_AGE_SECONDS: '600', WEIR_SHADOW_BUDGET_SECONDS: '30' } });
  servers = [await SickServer.start(), await SickServer.start()];
}, 180_000);

afterAll(async () => {
  await system?.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

const [eu, us, de] = [{ region: 'eu' }, { region: 'us' }, { region: 'de' }];

/** Each unit so many times, each time with these attributes. */
const asked = (model: string, attributes: Record<string, string>) =>
  Array.from({ length: units * times }, (_, index) => ({ model, unit: `unit-${index % units}`, attributes }));

async function shadowedModel(model: string, targets: object[] = []): Promise<string> {
  const [stable, shadow] = servers.map(({ url }) => url);
  return stageShadow(system, {
    model,
    stable: stable ?? '',
    shadow,
    timeout: '30s',
    ...{ shadowStage, targets },
  });
}

async function ask(all: ReturnType<typeof asked>, answeredBy = 'v1'): Promise<void> {
  const [router] = system.run().router;
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] });
  for (const { model, unit, attributes } of all) {
    const headers = {
      'content-type': 'application/json',
      'x-weir-unit': unit,
      'x-weir-attr-region': attributes['region'] ?? '',
    };
    const answer = await fetch(`${router}/v2/models/${model}/infer`, { method: 'POST', headers, body });
    expect({ status: answer.status, version: answer.headers.get('x-weir-version') }).toEqual({
      status: 200,
      version: answeredBy,
    });
    await answer.arrayBuffer();
  }
}

interface Row {
  readonly rollout: string;
  readonly source: string;
  readonly metric: string;
  readonly output?: string;
  readonly arm: string;
  readonly segment: string | null;
  readonly n: number;
  readonly sum: number;
  readonly newUnits: number;
  readonly unitSums: { readonly n: number };
}

/** Pairs, agreements and units of the evidence, by segment. */
async function evidenceOf(rollout: string): Promise<Record<string, { pairs: number; agreed: number; units: number }>> {
  const rows = (await readTopic(system.run().kafkaBrokers, system.topic('weir.evidence.v1'))).map(
    ({ value }) => value as Row,
  );
  const found: Record<string, { pairs: number; agreed: number; units: number }> = {};
  for (const row of rows) {
    if (row.rollout !== rollout || row.metric !== 'agreement' || row.output !== undefined) continue;
    const of = (found[row.segment ?? ''] ??= { pairs: 0, agreed: 0, units: 0 });
    of.pairs += row.n;
    of.agreed += row.sum;
    of.units += row.unitSums.n;
  }
  return found;
}

/** Every one that was offered is compared, and nothing else is. */
async function expectCompared(rollout: string, pairs: number): Promise<void> {
  await eventually(async () => sumOf(resultsOf(await comparisonsOf(system, rollout))) >= pairs, patience);
  expect(resultsOf(await comparisonsOf(system, rollout))).toEqual({ compared: pairs });
}

async function expectTold(rollout: string, expected: Awaited<ReturnType<typeof evidenceOf>>): Promise<void> {
  const pairs = (of: typeof expected) => Object.values(of).reduce((sum, one) => sum + one.pairs, 0);
  await eventually(async () => pairs(await evidenceOf(rollout)) >= pairs(expected), patience);
  expect(await evidenceOf(rollout)).toEqual(expected);
}

it('compares every prediction of units that come again, and counts each unit once', async () => {
  const rollout = await shadowedModel('sticky');
  await ask(asked('sticky', eu));
  await expectCompared(rollout, units * times);
  await expectTold(rollout, { 'region=eu': { pairs: units * times, agreed: units * times, units } });
});

it('compares what is asked for over Kafka as it does what comes over HTTP, of the same units and segments', async () => {
  const rollout = await shadowedModel('asynchronous');
  await askOverKafka(system, [...asked('asynchronous', eu), ...asked('asynchronous', us)]);
  await ask(asked('asynchronous', eu));
  await expectCompared(rollout, 3 * units * times);
  const [ofEu, ofUs] = [2 * units * times, units * times];
  await eventually(async () => Object.keys(await evidenceOf(rollout)).length === 2, patience);
  const found = await eventually(async () => {
    const now = await evidenceOf(rollout);
    return (now['region=eu']?.pairs ?? 0) + (now['region=us']?.pairs ?? 0) >= ofEu + ofUs && now;
  }, patience);
  expect(found['region=eu']).toMatchObject({ pairs: ofEu, agreed: ofEu });
  expect(found['region=us']).toMatchObject({ pairs: ofUs, agreed: ofUs });
});

it('compares nothing in a segment that has a version of its own, and everything beside it', async () => {
  const rollout = await shadowedModel('targeted', [{ when: { region: ['de'] }, version: 'v2' }]);
  await ask(asked('targeted', de), 'v2');
  await ask(asked('targeted', eu));
  await expectCompared(rollout, units * times);
  await expectTold(rollout, { 'region=eu': { pairs: units * times, agreed: units * times, units } });
});
