// What a run leaves behind.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  banditLines,
  bookLines,
  expectationLines,
  forgetLastRun,
  type LastRun,
  rollbackLines,
  type RollbackReport,
  shadowLines,
  sentenceOf,
  sharesLine,
  stepLines,
  writeLastRun,
} from './last-run';
import { type BanditReport, problemsOfBandit } from './rollout/watch-bandit';
import { problemsOfShadow, type ShadowReport } from './rollout/watch-shadow';

const rollback: RollbackReport = {
  weightBps: 500,
  detectionMs: 3_210,
  requestsSeen: 20,
  requestsOfAll: 335,
  toZeroMs: 400,
  requestsAfter: 2,
  reason: 'error-rate: too many',
  verdicts: [{ name: 'error-rate', verdict: 'fail', sentence: 'too many' }],
};

const shadow: ShadowReport = {
  candidate: 'v2',
  durationMs: 10_400,
  pairs: 1_000,
  coverage: 0.995,
  agreement: 0.941,
  latencyRatio: 1.04,
  errorRates: { baseline: 0, candidate: 0.036 },
  flips: [
    { from: 'spam', to: 'ham', count: 40 },
    { from: 'ham', to: 'spam', count: 19 },
  ],
  right: { pairs: 900, onlyBaseline: 5, onlyCandidate: 49 },
  metByCallers: 0,
  passed: true,
  verdicts: [{ name: 'agreement', verdict: 'pass', sentence: 'it holds' }],
  ended: 'compared for 10.4 s',
};

const run: LastRun = {
  seed: 1,
  shadows: [shadow],
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
      durationMs: 32_000,
      verdicts: [{ name: 'correct', verdict: 'inconclusive', sentence: 'not shown yet' }],
      ended: 'step 1 of 5 passed',
    },
  ],
  promoted: true,
  rolledBack: true,
  rollback,
  experiment: null,
  bandit: null,
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
  it('says of a step what was asked, what was seen, and what each guardrail said', () => {
    expect(stepLines(run.steps[0] as LastRun['steps'][number])).toEqual([
      '5 %   32.0 s: asked 5 %, applied 5 %, seen 5.2 % of 1008 predictions and 5.2 % of 829 mailboxes (43)',
      '      inconclusive correct: not shown yet',
    ]);
  });

  it('says how fast the careless version went, beside what was simulated', () => {
    expect(rollbackLines(rollback)[0]).toMatch(/^rolled back 3\.2 s after .* having seen 20 of 335 predictions/);
    expect(rollbackLines(rollback)[1]).toBe('      fail         error-rate: too many');
    expect(expectationLines(run)).toEqual([
      expect.stringMatching(/^v2 took 32\.0 s \(steps of 32 s\); simulated: 60 s/) as unknown,
      expect.stringMatching(/^v3 took 3\.2 s; simulated: 23 s/) as unknown,
    ]);
    expect(expectationLines({ steps: [], rollback: null })).toEqual([]);
  });

  it('says of a shadow how it agrees, where it differs, and who was right', () => {
    expect(shadowLines(shadow)).toEqual([
      'v2 passed its shadow after 10.4 s: 1000 pairs, coverage 99.5 %, met by 0 callers',
      '      agreement 94.1 %; flips: 40 from spam to ham, 19 from ham to spam',
      '      who was right, where only one was: v2 49 times, stable 5 times (of 900 outcomes)',
      "      failed calls 3.6 %, stable's 0.0 %; latency 1.0 times stable's at the comparator's pace",
      '      pass         agreement: it holds',
    ]);
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

const bandit: BanditReport = {
  ...{ durationMs: 20_300, decision: 'winner', winner: 'v2', closed: { v3: 'error-rate of v3 is worse.' } },
  shares: [
    { afterMs: 40, sequence: 0, weights: { v1: 3_334, v2: 3_333, v3: 3_333 } },
    { afterMs: 9_000, sequence: 8, weights: { v1: 1_000, v2: 9_000, v3: 0 } },
  ],
  arms: {
    v1: { outcomes: 300, right: 0.927, probabilityBest: 0.01 },
    v2: { outcomes: 1_500, right: 0.975, probabilityBest: 0.99 },
    v3: { outcomes: 100, right: 0.8, probabilityBest: null },
  },
  ...{ regret: { soFar: 31.9, ofEvenSplit: 141.1 }, predictions: { v1: 320, v2: 1_600, v3: 110 }, ended: 'winner' },
};

describe('a bandit', () => {
  it('is told by its shares, its arms and what it cost', () => {
    expect(bandit.shares.map(sharesLine)[1]).toBe('       9.0 s  v1 10 %, v2 90 %, v3 0 %');
    expect(banditLines(bandit)).toEqual([
      'v2 has won after 20.3 s: callers met 320 v1, 1600 v2, 110 v3',
      '      v1 right in 92.7 % of 300, best with 0.010',
      '      v2 right in 97.5 % of 1500, best with 0.990',
      '      v3 right in 80.0 % of 100, best with no chance: closed',
      '      v3 closed: error-rate of v3 is worse.',
      '      32 right answers lost to the best version; an even split would have lost 141',
    ]);
  });

  it('has no problem where the best version won most of the traffic, and one for each thing that is not so', () => {
    expect(problemsOfBandit(bandit)).toEqual([]);
    const bad = { ...bandit, winner: null, shares: [], regret: { soFar: 9, ofEvenSplit: 8 } };
    expect(problemsOfBandit(bad).map((problem) => problem.slice(0, 20))).toHaveLength(4);
    const loved = {
      ...bandit,
      shares: [...bandit.shares, { afterMs: 1, sequence: 9, weights: { v2: 4_000, v3: 6_000 } }],
    };
    expect(problemsOfBandit(loved)).toEqual([
      expect.stringMatching(/v2 should have had the most/) as unknown,
      expect.stringMatching(/v3 should have had little/) as unknown,
    ]);
  });
});

describe('problemsOfShadow', () => {
  it('has nothing to say of one that ended as it should', () => {
    expect(problemsOfShadow(shadow, { passed: true })).toEqual([]);
    expect(problemsOfShadow({ ...shadow, passed: false }, { passed: false })).toEqual([]);
  });

  it.each([
    ['one that passed and should not have', shadow, false, /should have been stopped in shadow/],
    ['one that was stopped and should not have been', { ...shadow, passed: false }, true, /should have passed/],
    ['one that callers met', { ...shadow, metByCallers: 1 }, true, /callers met v2 1 times/],
    ['one that compared nothing', { ...shadow, pairs: 0 }, true, /no pair/],
    [
      'one that is right less often',
      { ...shadow, right: { ...shadow.right, onlyCandidate: 1 } },
      true,
      /right more often/,
    ],
  ])('finds %s', (_what, report, passed, problem) => {
    expect(problemsOfShadow(report, { passed })).toEqual([expect.stringMatching(problem)]);
  });
});
