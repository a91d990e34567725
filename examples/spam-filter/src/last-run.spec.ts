// What a run leaves behind.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bookLines, forgetLastRun, type LastRun, sentenceOf, stepHeader, stepLine, writeLastRun } from './last-run';

const run: LastRun = {
  seed: 1,
  steps: [
    {
      weightBps: 500,
      appliedBps: 500,
      observedBps: 520,
      observedUnitsBps: 519,
      units: 43,
      predictions: 52,
      unitsOfAll: 829,
      predictionsOfAll: 1_008,
      unitsTakenBack: 0,
    },
  ],
  promoted: true,
  reconciliation: {
    predictions: { sent: 10, answered: 10, inKafka: 10, inCollector: 10 },
    outcomes: { sent: 9, joined: 8, late: 0, duplicate: 1, orphan: 0, pending: 0, rejected: 0 },
  },
  problems: [],
  ok: true,
  durationMs: 80_000,
};

describe('last-run.json', () => {
  let stateDir: string;
  beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), 'weir-'))));
  afterEach(() => rmSync(stateDir, { recursive: true }));

  it('holds the run, in a folder that need not be there yet', () => {
    const path = writeLastRun(join(stateDir, 'deeper'), run);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(run);
  });

  it('is gone while a new run has not ended', () => {
    const path = writeLastRun(stateDir, run);
    forgetLastRun(stateDir);
    forgetLastRun(stateDir);
    expect(existsSync(path)).toBe(false);
  });
});

describe('what is printed', () => {
  it('puts a step under its heading', () => {
    expect(stepHeader).toMatch(/^asked {2}applied {2}seen by predictions/);
    expect(stepLine(run.steps[0] as LastRun['steps'][number])).toMatch(
      /^5 % +5 % +5\.2 % +5\.2 % +52 of 1008 +43 of 829$/,
    );
  });

  it('writes the books as sums', () => {
    expect(bookLines(run.reconciliation)[1]).toBe(
      'outcomes: 9 sent = 8 joined + 0 late + 1 duplicate + 0 orphan + 0 pending + 0 rejected',
    );
    expect(sentenceOf({ name: 'predictions in Kafka', expected: 10, found: 9 })).toBe(
      'predictions in Kafka: 9 where 10 were expected',
    );
  });
});
