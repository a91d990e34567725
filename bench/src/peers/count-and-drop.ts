// Loaded before the router's own program (--require): its events are rendered in batches and dropped, so that what Kafka
// costs can be told from what routing costs. Nothing of the router knows of it.
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Log {
  record?: (entry: unknown) => void;
  append?: (entry: unknown) => Promise<void>;
}

const everyMs = 20;
const router = createRequire(join(__dirname, '../../../apps/request-router/dist/main.js'));
const { JournalPredictionLog } = router('./adapters/kafka/journal-prediction-log') as {
  JournalPredictionLog: { prototype: Log };
};
const { renderPrediction } = router('./render-prediction') as { renderPrediction: (entry: unknown) => Buffer };

if (typeof JournalPredictionLog.prototype.record !== 'function' || typeof renderPrediction !== 'function')
  throw new Error('the router keeps its predictions elsewhere now: bench/src/peers/count-and-drop.ts must follow');

let waiting: unknown[] = [];
let timer: NodeJS.Timeout | undefined;
let dropped = 0;

JournalPredictionLog.prototype.record = (entry) => {
  waiting.push(entry);
  timer ??= setTimeout(drop, everyMs);
};

function drop(): void {
  timer = undefined;
  for (const entry of waiting) if (renderPrediction(entry).length > 0) dropped += 1;
  waiting = [];
}

process.on('exit', () => console.error(`events counted and dropped: ${dropped}`));
