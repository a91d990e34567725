// A consumer of a spec in a process of its own, to be killed; it kills itself around a commit.
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { outcomeReported, type OutcomeReported } from '@weir/contracts';
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { BatchEvents, KafkaBatchServer, Ledger, silentLogger, type BusOptions, type Chunk } from './index';

const [options = '', schema = '', killAt = ''] = process.argv.slice(2);

let handled = 0;

async function main(): Promise<void> {
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
        await sleep(5);
        if (killAt === 'before-commit' && fresh.length + handled > 200) process.kill(process.pid, 'SIGKILL');
      });
      handled += chunk.records.length;
      if (redelivered > 0) process.send?.(redelivered);
      await sleep(5); // the message has left
      if (killAt === 'after-commit' && handled > 200) process.kill(process.pid, 'SIGKILL');
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
