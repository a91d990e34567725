// A consumer of a spec in a process of its own, to be killed; its transactions take long enough to be hit.
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { outcomeReported, type OutcomeReported } from '@weir/contracts';
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { BatchEvents, KafkaBatchServer, Ledger, silentLogger, type BusOptions, type Chunk } from './index';

const [options = '', schema = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  // eslint-disable-next-line no-restricted-syntax -- specs have no config of their own
  const url = process.env['DATABASE_URL'] ?? '';
  const dataSource = new DataSource({ type: 'postgres', url, extra: { options: `-c search_path=${schema}` } });
  await dataSource.initialize();
  const ledger = new Ledger(dataSource, 'g');

  @Controller()
  class Outcomes {
    @BatchEvents(outcomeReported, { max: 50 })
    async handle(@Payload() chunk: Chunk<OutcomeReported>): Promise<void> {
      const { redelivered } = await ledger.apply(chunk, async (tx, fresh) => {
        for (const { event } of fresh) await tx.query('insert into seen (id) values ($1)', [event.predictionId]);
        await sleep(20);
      });
      if (redelivered > 0) process.send?.('redelivered');
    }
  }
  @Module({ controllers: [Outcomes] })
  class App {}
  const strategy = new KafkaBatchServer({
    ...(JSON.parse(options) as BusOptions),
    group: 'g',
    logger: silentLogger,
    sessionTimeoutMs: 6_000,
  });
  const app = await NestFactory.createMicroservice(App, { strategy, logger: false });
  await app.listen();
}

process.on('disconnect', () => process.exit());
void main();
