// What a plan must warn of: steps that this traffic cannot pass, and faults that it would not show in time.
import { longestStepMs, type CanaryQuestion, type PlannedDetection, type PlannedStep } from './plan-question';
import { burnIn } from './slow-events';

export function planWarnings(
  question: CanaryQuestion,
  steps: readonly PlannedStep[],
  detection: readonly PlannedDetection[],
): string[] {
  return [...stuckSteps(question, steps), ...slowDetections(question, detection), ...unseen(question)];
}

function stuckSteps(question: CanaryQuestion, steps: readonly PlannedStep[]): string[] {
  const first = steps.findIndex(({ ms }) => ms.p90 === null);
  const step = steps[first];
  if (!step) return [];
  const often = step.ms.median === null ? 'in most runs' : 'in more than one run of ten';
  const what =
    step.heldBy === 'minUnits'
      ? `${question.minUnits} units of each arm take longer`
      : `the evidence on ${step.heldBy} takes longer`;
  const within = duration(longestStepMs(question, question.steps[first]));
  return [`Step ${first + 1} (${percent(step.weightBps)}) is not passed within ${within} ${often}: ${what}.`];
}

/** A step by time that ends before a fault would be seen promotes what nobody has looked at. */
function slowDetections(question: CanaryQuestion, detection: readonly PlannedDetection[]): string[] {
  const firstMs = question.steps[0]?.leastMs ?? 0;
  const isWaited = (metric: string) =>
    question.guardrails.some(({ test, mustPass }) => mustPass && test.metric === metric);
  return detection.flatMap(({ metric, fault, ms }) => {
    if (ms.median === null)
      return [`This traffic would not show a fault of twice the margin (${fault}) at the first step.`];
    if (question.advance !== 'time' || ms.median <= firstMs || isWaited(metric)) return [];
    return [
      `A fault of twice the margin (${fault}) is found after ${duration(ms.median)} at the first step, ` +
        `which ends after ${duration(firstMs)}.`,
    ];
  });
}

function unseen(question: CanaryQuestion): string[] {
  return question.guardrails.flatMap(({ test }) => {
    if ((test.kind === 'binary' || test.kind === 'numeric') && !question.stable.metrics[test.metric])
      return [`Nothing is known of ${test.metric} of stable, so its figures are not to be trusted.`];
    if (test.kind !== 'latency') return [];
    const [first] = question.steps;
    const share = 1 - (first?.weightBps ?? 0) / 10_000;
    const ms = (1000 * burnIn(test.quantile)) / (question.unitsPerSecond * share);
    if (ms <= (first?.leastMs ?? 0) || question.advance === 'evidence') return [];
    return [`${test.metric} is tested from ${burnIn(test.quantile)} answers of stable on, which take ${duration(ms)}.`];
  });
}

function percent(bps: number): string {
  return `${bps / 100} %`;
}

export function duration(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
