// The journal's log (on a disk of its own, with a Kafka that only listens) and the fake, held to one contract.
import { EventJournal, type OutgoingRecord, type Producer } from '@weir/bus';
import { predictionServed } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalPredictionLog } from './adapters/kafka/journal-prediction-log';
import { MemoryPredictionLog } from './memory-prediction-log';
import { buildEntry, describePredictionLog } from './prediction-log.contract';

class ListeningProducer implements Producer {
  readonly records: OutgoingRecord[] = [];
  send(records: readonly OutgoingRecord[]): Promise<void> {
    this.records.push(...records);
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function openJournal() {
  const directory = await mkdtemp(join(tmpdir(), 'weir-log-'));
  const producer = new ListeningProducer();
  const journal = await EventJournal.open({ directory, producer });
  const close = async (): Promise<void> => {
    await journal.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { journal, producer, close };
}

describePredictionLog('the fake', () => {
  const log = new MemoryPredictionLog();
  return Promise.resolve({
    log,
    events: () => log.events,
    fail: () => (log.failure = new Error('no room')),
    close: () => Promise.resolve(),
  });
});

describePredictionLog('the journal', async () => {
  const { journal, producer, close } = await openJournal();
  return {
    log: new JournalPredictionLog(journal, 'router-1'),
    events: () => producer.records.map(({ value }) => predictionServed.decode(value ?? '')),
    fail: () => void journal.close(),
    close,
  };
});

describe("the journal's log", () => {
  it('keys and heads its records as CloudEvents of this router, with the trace of the caller', async () => {
    const { journal, producer, close } = await openJournal();
    new JournalPredictionLog(journal, 'router-1').record({ ...buildEntry('p'), traceparent: '00-1-2-01' });
    const record = await eventually(() => producer.records[0]);
    expect(record).toMatchObject({
      topic: 'weir.prediction-served.v1',
      key: 'p',
      headers: {
        ce_specversion: '1.0',
        ce_id: 'id-of-p',
        ce_type: 'weir.prediction-served.v1',
        ce_source: 'weir/request-router/router-1',
        ce_time: '2026-11-23T00:00:00.000Z',
        traceparent: '00-1-2-01',
      },
    });
    await close();
  });
});
