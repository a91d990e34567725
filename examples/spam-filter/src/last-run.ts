// What a run leaves behind: lines on the terminal and last-run.json in the state folder.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Books, type Mismatch } from './books/reconcile';
import { percent, type Sentence, type StepReport } from './rollout/step-report';
import { type BanditReport, type Shares } from './rollout/watch-bandit';
import { type ExperimentReport } from './rollout/watch-experiment';
import { type ShadowReport } from './rollout/watch-shadow';

export interface RollbackReport {
  readonly weightBps: number;
  /** From the first answer that callers were given under v3 until the rollout was found to go back. */
  readonly detectionMs: number;
  /** Predictions that callers saw assigned to v3 in that time, and all of them. */
  readonly requestsSeen: number;
  readonly requestsOfAll: number;
  /** From then until callers met v3 for the last time; 0 where they never did. */
  readonly toZeroMs: number;
  /** Predictions assigned to v3 after that decision. */
  readonly requestsAfter: number;
  readonly reason: string;
  readonly verdicts: readonly Sentence[];
}

export interface LastRun {
  readonly seed: number;
  /** Of v2, which passed, and of v3, which did not. */
  readonly shadows: readonly ShadowReport[];
  /** v2 became stable and answered everything. */
  readonly promoted: boolean;
  /** v3 was taken back by its guardrails and left the traffic. */
  readonly rolledBack: boolean;
  /** Of v2. */
  readonly steps: readonly StepReport[];
  readonly rollback: RollbackReport | null;
  /** v1 and v2 side by side in a segment. */
  readonly experiment: ExperimentReport | null;
  /** All three versions, by what each has earned. */
  readonly bandit: BanditReport | null;
  readonly reconciliation: Pick<Books, 'predictions' | 'outcomes'>;
  /** What does not hold, in words; empty when ok. */
  readonly problems: readonly string[];
  readonly ok: boolean;
  readonly durationMs: number;
}

/** Before a run: one that fails without a word must not leave an earlier one's success behind. */
export function forgetLastRun(stateDir: string): void {
  rmSync(join(stateDir, 'last-run.json'), { force: true });
}

/** Whole or not at all: who reads it never meets half a file. */
export function writeLastRun(stateDir: string, run: LastRun): string {
  mkdirSync(stateDir, { recursive: true });
  const path = join(stateDir, 'last-run.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(run, null, 2)}\n`);
  renameSync(`${path}.new`, path);
  return path;
}

export function stepLines(step: StepReport): string[] {
  const shares = `asked ${percent(step.weightBps)}, applied ${percent(step.appliedBps)}, seen ${percent(step.observedBps)} of ${step.predictionsOfAll} predictions and ${percent(step.observedUnitsBps)} of ${step.unitsOfAll} mailboxes (${step.units})`;
  return [
    `${percent(step.weightBps).padEnd(5)} ${seconds(step.durationMs)}: ${shares}`,
    ...step.verdicts.map(verdictLine),
  ];
}

export function rollbackLines(report: RollbackReport): string[] {
  const { detectionMs, requestsSeen, requestsOfAll, requestsAfter, toZeroMs } = report;
  return [
    `rolled back ${seconds(detectionMs)} after callers first met it, having seen ${requestsSeen} of ${requestsOfAll} predictions; the last of ${requestsAfter} more came ${seconds(toZeroMs)} later`,
    ...report.verdicts.map(verdictLine),
  ];
}

export function shadowLines(report: ShadowReport): string[] {
  const { candidate, durationMs, pairs, coverage, agreement, flips, right, latencyRatio, errorRates } = report;
  const went = flips.map(({ from, to, count }) => `${count} from ${from} to ${to}`).join(', ') || 'none';
  return [
    `${candidate} ${report.passed ? 'passed its shadow' : 'stopped in shadow'} after ${seconds(durationMs)}: ${pairs} pairs, coverage ${share(coverage)}, met by ${report.metByCallers} callers`,
    `      agreement ${share(agreement)}; flips: ${went}`,
    `      who was right, where only one was: ${candidate} ${right.onlyCandidate} times, stable ${right.onlyBaseline} times (of ${right.pairs} outcomes)`,
    `      failed calls ${share(errorRates.candidate)}, stable's ${share(errorRates.baseline)}; latency ${latencyRatio === null ? 'unknown' : `${latencyRatio.toFixed(1)} times stable's at the comparator's pace`}`,
    ...report.verdicts.map(verdictLine),
  ];
}

export function experimentLines(report: ExperimentReport): string[] {
  const { decision, winner, durationMs, comparisons, inSegmentBps, predictionsInSegment, outsideToCandidate } = report;
  const what = winner === null ? (decision ?? 'undecided') : `${winner} has won`;
  return [
    `${what} after ${seconds(durationMs)}: ${percent(inSegmentBps)} of ${predictionsInSegment} predictions in the segment met v2, ${outsideToCandidate} outside of it`,
    ...comparisons.map(({ shown, sentence }) => `      ${(shown ?? 'not shown').padEnd(12)} ${sentence}`),
  ];
}

export function sharesLine({ afterMs, weights }: Shares): string {
  const shares = Object.entries(weights).map(([version, bps]) => `${version} ${percent(bps)}`);
  return `      ${seconds(afterMs).padStart(6)}  ${shares.join(', ')}`;
}

export function banditLines(report: BanditReport): string[] {
  const { winner, decision, durationMs, arms, closed, regret, predictions } = report;
  const what = winner === null ? (decision ?? 'undecided') : `${winner} has won`;
  const met = Object.entries(predictions).map(([version, count]) => `${count} ${version}`);
  const lost = (value: number | null): string => (value === null ? 'an unknown number of' : value.toFixed(0));
  return [
    `${what} after ${seconds(durationMs)}: callers met ${met.join(', ')}`,
    ...Object.entries(arms).map(
      ([arm, { outcomes, right, probabilityBest }]) =>
        `      ${arm} right in ${share(right)} of ${outcomes}, best with ${probabilityBest === null ? 'no chance: closed' : probabilityBest.toFixed(3)}`,
    ),
    ...Object.entries(closed).map(([arm, reason]) => `      ${arm} closed: ${reason}`),
    `      ${lost(regret.soFar)} right answers lost to the best version; an even split would have lost ${lost(regret.ofEvenSplit)}`,
  ];
}

/** What simulated canaries of the same margins and equally active units take (`npm run faults -- canaries-example`), beside what came of it here. */
export function expectationLines({ steps, rollback }: Pick<LastRun, 'steps' | 'rollback'>): string[] {
  if (steps.length === 0) return [];
  const took = steps.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const each = steps.map(({ durationMs }) => (durationMs / 1_000).toFixed(0)).join(', ');
  return [
    `v2 took ${seconds(took)} (steps of ${each} s); simulated: 60 s median, 65 s p90 (34, 13, 6, 4, 3 s)`,
    ...(rollback ? [`v3 took ${seconds(rollback.detectionMs)}; simulated: 23 s median, 38 s p90`] : []),
  ];
}

export function bookLines({ predictions, outcomes }: Pick<Books, 'predictions' | 'outcomes'>): string[] {
  const { sent, joined, late, duplicate, orphan, pending, rejected } = outcomes;
  return [
    `predictions: ${predictions.sent} sent, ${predictions.answered} answered, ${predictions.inKafka} in Kafka, ${predictions.inCollector} in the collector`,
    `outcomes: ${sent} sent = ${joined} joined + ${late} late + ${duplicate} duplicate + ${orphan} orphan + ${pending} pending + ${rejected} rejected`,
  ];
}

export function sentenceOf({ name, expected, found }: Mismatch): string {
  return `${name}: ${found} where ${expected} were expected`;
}

function verdictLine({ verdict, name, sentence }: Sentence): string {
  return `      ${verdict.padEnd(12)} ${name}: ${sentence}`;
}

function share(value: number | null): string {
  return value === null ? 'unknown' : `${(100 * value).toFixed(1)} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
