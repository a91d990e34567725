// Runs Jest with one of the root's configurations and reads what it counted.
import { join } from 'node:path';
import { readJson } from './atomic-file';
import { Complaint } from './complaint';
import { isCommandFailure, type Host } from './host';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface JestPlan {
  readonly config: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where Jest's output and its counts go. */
  readonly folder: string;
  /** The output goes to the screen as it comes. */
  readonly screen: boolean;
}

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
  success: boolean;
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

export interface JestOutcome {
  readonly counts: Counts;
  readonly isGood: boolean;
  readonly output: string;
}

export async function runJest(host: Host, { config, args, env, folder, screen }: JestPlan): Promise<JestOutcome> {
  const file = join(folder, `${config}.json`);
  const jest = join(host.root, 'node_modules/.bin/jest');
  const all = [jest, '-c', config, '--passWithNoTests', '--json', `--outputFile=${file}`, ...args];
  const log = join(folder, `${config}.log`);
  try {
    const output = await host.run(process.execPath, all, { cwd: host.root, env, log, screen });
    return { counts: countsOf(file), isGood: true, output };
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    return { counts: countsOf(file), isGood: false, output: withoutReport(error.output) };
  }
}

function countsOf(file: string): Counts {
  const report = readJson<JestReport>(file);
  if (!report) throw new Complaint(`Jest wrote no report (${file}): it was ended from outside.`);
  // a suite that could not be loaded has no tests to count as failed
  const failed = Math.max(report.numFailedTests, report.success ? 0 : 1);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests };
}

/** --json prints the report on standard output too. */
export function withoutReport(output: string): string {
  return output
    .split('\n')
    .filter((line) => !line.startsWith('{"numFailedTestSuites"'))
    .join('\n');
}

export function add(one: Counts, other: Counts): Counts {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed, skipped: one.skipped + other.skipped };
}
