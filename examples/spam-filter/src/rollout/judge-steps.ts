// Whether the traffic showed what the rollout asked for. Pure.
import { percent, type StepReport } from './step-report';

/** Observed shares may differ by this many standard errors: one run in 3,000 differs by more at some step. */
const mostStandardErrors = 4;

/** A sentence for each step that is not as it should be. */
export function problemsOfSteps(steps: readonly StepReport[], weightsBps: readonly number[]): string[] {
  const asked = steps.map(({ weightBps }) => weightBps);
  const order = asked.join() === weightsBps.join() ? [] : [`the steps were ${asked.map(percent).join(', ')}`];
  return [...order, ...steps.flatMap(problemsOf)];
}

function problemsOf(step: StepReport): string[] {
  const at = `at ${percent(step.weightBps)}`;
  const problems: string[] = [];
  if (step.appliedBps !== step.weightBps) problems.push(`${at} the routers served by ${percent(step.appliedBps)}`);
  if (step.unitsTakenBack > 0)
    problems.push(`${at} ${step.unitsTakenBack} mailboxes were taken back from the candidate`);
  if (Math.abs(standardErrorsOff(step)) > mostStandardErrors)
    problems.push(`${at} callers saw ${percent(step.observedUnitsBps)} of the mailboxes on the candidate`);
  return problems;
}

/** By mailboxes, which are drawn once each; predictions of one mailbox are not independent. */
export function standardErrorsOff({ weightBps, units, unitsOfAll }: StepReport): number {
  if (unitsOfAll === 0) return -Infinity;
  const share = weightBps / 10_000;
  return (units / unitsOfAll - share) / Math.sqrt((share * (1 - share)) / unitsOfAll);
}
