// What a run leaves behind: a table on the terminal and last-run.json in the state folder.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Books, type Mismatch } from './books/reconcile';
import { percent, type StepReport } from './rollout/move-by-hand';

export interface LastRun {
  readonly seed: number;
  readonly steps: readonly StepReport[];
  /** v2 became stable and answered everything. */
  readonly promoted: boolean;
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

export const stepHeader = row(['asked', 'applied', 'seen by predictions', 'by mailboxes', 'predictions', 'mailboxes']);

export function stepLine(step: StepReport): string {
  return row([
    percent(step.weightBps),
    percent(step.appliedBps),
    percent(step.observedBps),
    percent(step.observedUnitsBps),
    `${step.predictions} of ${step.predictionsOfAll}`,
    `${step.units} of ${step.unitsOfAll}`,
  ]);
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

function row(cells: readonly string[]): string {
  const widths = [7, 9, 21, 14, 16, 16];
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('')
    .trimEnd();
}
