// The consumer against a real broker and a real database.
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { NestFactory } from '@nestjs/core';
import { outcomeReported, type OutcomeReported } from '@weir/contracts';
import 'reflect-metadata';
import {
  BatchEvents,
  createProducer,
  DependencyDown,
  KafkaBatchServer,
  Ledger,
  RefusedRecords,
  toRecord,
  type Chunk,
  type KafkaBatchServerOptions,
} from './index';
import { RealBus } from './real-bus.fixture';

type Handler = (chunk: Chunk<OutcomeReported>) => Promise<void>;

async function consume(bus: RealBus, group: string, handler: Handler, options: Partial<KafkaBatchServerOptions> = {}) {
  @Controller()
  class Outcomes {
    @BatchEvents(outcomeReported, { max: 100 })
    async handle(@Payload() chunk: Chunk<OutcomeReported>): Promise<void> {
      await handler(chunk);
    }
  }
  @Module({ controllers: [Outcomes] })
  class App {}
  const server = new KafkaBatchServer({ ...bus.options, group, logger: bus.logger, onFatal: bus.onFatal, ...options });
  const app = await NestFactory.createMicroservice(App, { strategy: server, logger: false });
  await app.listen();
  return { server, close: () => app.close() };
}

function outcome(n: number): OutcomeReported {
  return { predictionId: `p-${n}`, metric: 'correct', value: n };
}

describe('KafkaBatchServer', () => {
  let bus: RealBus;
  beforeEach(async () => {
    bus = await RealBus.open();
    await bus.makeTopics();
  });
  afterEach(() => bus.close());

  it('hands decoded chunks to the handler and applies each record once', async () => {
    const ledger = new Ledger(bus.dataSource, 'g');
    const producer = createProducer(bus.options);
    await producer.send(Array.from({ length: 1000 }, (_, n) => toRecord(outcomeReported, outcome(n))));
    const { close } = await consume(
      bus,
      'g',
      async (chunk) => {
        await ledger.apply(chunk, (tx, fresh) =>
          bus.count(
            tx,
            fresh.map(({ event }) => event.predictionId),
          ),
        );
      },
      { ledger },
    );
    await bus.until(async () => (await bus.counted()) === 1000);
    await close();
    await producer.close();
    expect(await bus.countedTwice()).toEqual([]);
  });
});
void DependencyDown;
void RefusedRecords;
