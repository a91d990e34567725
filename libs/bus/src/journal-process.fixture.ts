// A router of a spec: fills a journal while Kafka is away, until it is killed. Tells what it has pushed.
import { BusError, EventJournal } from './index';

const [directory = '', mode = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const producer = {
    send: () => Promise.reject(new BusError('kafka-away', 'away', true)),
    close: () => Promise.resolve(),
  };
  const journal = await EventJournal.open({ directory, producer });
  for (let n = 0; ; n += 1) {
    const entry = { topic: 't', key: String(n), headers: {}, render: () => Buffer.alloc(500, n) };
    if (mode === 'durable') await journal.append(entry);
    else {
      journal.push(entry);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    process.send?.({ n, atMs: Date.now() });
  }
}

process.on('disconnect', () => process.exit());
void main();
