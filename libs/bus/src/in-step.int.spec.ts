// Two topics in step against a real broker: what is joined finds its other half, however much waits.
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { outcomeReported, predictionReported, topicPlans, type OutcomeReported } from '@weir/contracts';
import 'reflect-metadata';
import { BatchEvents, KafkaBatchServer, Ledger, type Chunk } from './index';
import { RealBus } from './real-bus.fixture';

const leading = outcomeReported;
const following = { ...outcomeReported, topic: predictionReported.topic };
const count = 1_600;
/** So large that a fetch brings a third of them. */
const padding = 'x'.repeat(2_000);

let bus: RealBus;

beforeEach(async () => (bus = await RealBus.open()));
afterEach(() => bus.close());

it('hands out what came later in one topic only when what came earlier in the other was fetched', async () => {
  await bus.makeTopics(
    topicPlans.filter(({ topic }) => topic === leading.topic || topic === following.topic),
    1,
  );
  const event = (n: number): OutcomeReported => ({ predictionId: `p-${n}`, metric: 'liked', value: true });
  const numbers = Array.from({ length: count }, (_, n) => n);
  const large = numbers.map((n) => ({ key: `p-${n}`, value: leading.encode(event(n)), headers: { padding } }));
  for (let at = 0; at < count; at += 200) await bus.sendRaw(leading.topic, large.slice(at, at + 200));
  await bus.sendRaw(
    following.topic,
    numbers.map((n) => ({ key: `p-${n}`, value: following.encode(event(n)) })),
  );

  const handled = { leading: 0, following: 0 };
  let aheadOfFirst = -1;
  @Controller()
  class Handlers {
    @BatchEvents(leading)
    lead(@Payload() { records }: Chunk<OutcomeReported>): void {
      handled.leading += records.length;
    }
    @BatchEvents(following, { after: leading })
    follow(@Payload() { records }: Chunk<OutcomeReported>): void {
      if (handled.following === 0) aheadOfFirst = handled.leading;
      handled.following += records.length;
    }
  }
  @Module({ controllers: [Handlers] })
  class App {}
  const ledger = new Ledger(bus.dataSource, 'g', bus.metrics);
  const strategy = new KafkaBatchServer({
    ...bus.options,
    group: 'g',
    ledger,
    logger: bus.logger,
    metrics: bus.metrics,
  });
  const app = await NestFactory.createMicroservice(App, { strategy, logger: false });
  try {
    await app.listen();
    await bus.until(() => handled.leading === count && handled.following === count, 'everything handled');
    expect(aheadOfFirst).toBeGreaterThan(count / 2); // all but what the last fetch brought
  } finally {
    await app.close();
  }
});
