// Poison on every intake: set aside once each with its reason and origin, or recorded harmlessly, and nobody else waits for it.
import { eventually } from '@weir/testing';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { servedInKafka, tallies } from './reconcile';
import { stageCanary, type Staged } from './stage';
import { System } from './system';
import { readTopic, type TappedRecord } from './tap';

let system: System;
let staged: Staged;
let producer: Producer;

beforeAll(async () => {
  system = await System.start();
  staged = await stageCanary(system, 'poisoned');
  const kafka = new Kafka({
    clientId: 'poisoner',
    brokers: system.run().kafkaBrokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
}, 180_000);

afterAll(async () => {
  await producer?.disconnect();
  await Promise.all([staged?.v1.stop(), staged?.v2.stop()]);
  await system?.stop();
});

const valid = { predictionId: 'known', metric: 'correct' };
const poison: readonly (readonly [string, string | Buffer | null])[] = [
  ['not JSON', '{"predictionId":'],
  ['not UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x7b])],
  ['an empty value', ''],
  ['a bare string', '"hello"'],
  ['another schema', JSON.stringify({ order: 17 })],
  ['a missing value', JSON.stringify(valid)],
  ['a hostile name', JSON.stringify({ ...valid, metric: '__proto__', value: 1 })],
  ['2 MB', JSON.stringify({ ...valid, value: 'x'.repeat(2_000_000) })],
  ['a tombstone', null],
];

it.each([['weir.outcome-reported.v1', 'outcome-collector'] as const])(
  'sets aside what %s cannot hold, once each',
  async (topic, group) => {
    const keyed = poison.map(([fault, value]) => ({ fault, value, key: `${fault}-${randomUUID()}` }));
    for (const { key, value } of keyed) await producer.send({ topic: system.topic(topic), messages: [{ key, value }] });

    const letters = await eventually(async () => {
      const found = await readTopic(system.run().kafkaBrokers, system.topic(`${topic}.${group}.dlq`));
      return keyed.every(({ key }) => found.some((letter) => letter.key === key)) ? found : undefined;
    });
    const ours = letters.filter(({ key }) => keyed.some((each) => each.key === key));
    expect(ours.map(({ key }) => key).sort()).toEqual(keyed.map(({ key }) => key).sort());
    for (const letter of ours) expectOrigin(letter, topic);
  },
);

function expectOrigin(letter: TappedRecord, topic: string): void {
  const headers = Object.entries(letter.headers).map(([name, value]) => `${name}=${value}`);
  expect(headers.some((header) => header.endsWith(`=${topic}`))).toBe(true);
  expect(headers.some((header) => /reason|code/.test(header))).toBe(true);
  expect(headers.some((header) => /offset=\d+$/.test(header))).toBe(true);
}

it('goes on with healthy outcomes at once, while poison is among them', async () => {
  const predictionId = randomUUID();
  const response = await infer(predictionId, JSON.stringify({ inputs: [] }));
  expect(response.status).toBe(200);
  const before = await tallies(system, staged.model);
  await producer.send({
    topic: system.topic('weir.outcome-reported.v1'),
    messages: [
      { key: predictionId, value: '{"broken":' },
      { key: predictionId, value: JSON.stringify({ predictionId, metric: 'correct', value: 'spam' }) },
      { key: predictionId, value: 'null' },
    ],
  });
  const joined = await eventually(async () => {
    const now = await tallies(system, staged.model);
    return now.outcomes.joined === before.outcomes.joined + 1;
  });
  expect(joined).toBe(true);
});

it.each([
  ['text that would close the event and forge its fields', '{},"arm":"v2","propensity":1,"x":{}'],
  ['fields of the event itself', '{"arm":"forged","predictionId":"forged","weights":{"forged":10000}}'],
  ['a prototype', '{"__proto__":{"arm":"forged"},"constructor":{"prototype":{"arm":"forged"}}}'],
  ['binary', Buffer.from([0, 255, 254, 1, 2, 3])],
  ['half of a UTF-8 sequence', Buffer.from([0x22, 0xc3, 0x22])],
  ['lone surrogates and separators', '{"a":"\\ud800 \u2028"}'],
])('records a body made of %s as what it is', async (_kind, body) => {
  const predictionId = randomUUID();
  const response = await infer(predictionId, body);
  expect([200, 400]).toContain(response.status);
  const event = await eventually(async () => (await servedInKafka(system, staged.model)).get(predictionId));
  expect(event['predictionId']).toBe(predictionId);
  expect(Object.keys(event['weights'] as object).sort()).toEqual(['v1', 'v2']);
  expect(['v1', 'v2']).toContain(event['arm']);
  await eventually(
    async () => (await fetch(`${system.run().collector}/api/v1/predictions/${predictionId}`)).status === 200,
  );
});

function infer(predictionId: string, body: string | Buffer): Promise<Response> {
  return fetch(`${system.run().router[0]}/v2/models/${staged.model}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weir-prediction-id': predictionId, 'x-weir-unit': 'someone' },
    body,
  });
}
