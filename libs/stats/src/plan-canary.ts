// What a canary would take with the user's own traffic: units and time of each step, how fast a fault is found, and what the traffic cannot show.
import { acceptanceThreshold, type GuardrailPlan } from './guardrail-plan';
import { binomial, poisson, randomOf, type Random } from './numerics/seeded-draws';
import {
  addImagined,
  imaginedAcceptance,
  imaginedBreach,
  noImaginedEvidence,
  worseText,
  type Arrivals,
  type ImaginedEvidence,
} from './plan-evidence';
import {
  longestStepMs,
  type CanaryPlan,
  type CanaryQuestion,
  type PlannedDetection,
  type PlannedStep,
  type Spread,
} from './plan-question';
import { planWarnings } from './plan-warnings';

/** Each is a whole canary of a candidate that is as good as stable. */
const runs = 21;
/** Looks grow with the time that has passed, so that a day costs little more than a minute. */
const growth = 1.08;

interface Run {
  /** By step, up to the one that it did not get past. */
  readonly steps: readonly StepRun[];
}

interface StepRun {
  readonly passed: boolean;
  readonly ms: number;
  readonly units: number;
  readonly candidateUnits: number;
  readonly heldBy: string;
}

/** The same question and seed give the same plan. Simulated; outcomes that take long come on top. */
export function planCanary(question: CanaryQuestion): CanaryPlan {
  const random = randomOf(question.seed ?? 1);
  const all = Array.from({ length: runs }, () => runOnce(question, random));
  const steps = question.steps.map((weightBps, index): PlannedStep => {
    const taken = all.map((run) => run.steps[index] ?? null);
    const of = (read: (step: StepRun) => number): Spread =>
      spread(taken.map((step) => (step?.passed ? read(step) : null)));
    return {
      weightBps,
      ms: of(({ ms }) => ms),
      candidateUnits: of(({ candidateUnits }) => candidateUnits),
      units: of(({ units }) => units),
      predictions: of(({ ms }) => Math.round((question.predictionsPerSecond * ms) / 1000)),
      heldBy: mostOften(taken.flatMap((step) => step?.heldBy ?? [])),
    };
  });
  const totalMs = spread(
    all.map(({ steps: each }) =>
      each.every(({ passed }) => passed) ? each.reduce((sum, { ms }) => sum + ms, 0) : null,
    ),
  );
  const detection = question.guardrails.map((plan) => detect(question, plan, random));
  return { steps, totalMs, detection, warnings: planWarnings(question, steps, detection) };
}

function runOnce(question: CanaryQuestion, random: Random): Run {
  let evidence = question.guardrails.map(({ test }) => noImaginedEvidence(test));
  const steps: StepRun[] = [];
  for (const [index, weightBps] of question.steps.entries()) {
    const taken = runStep(question, evidence, { index, share: weightBps / 10_000, random });
    evidence = taken.evidence;
    steps.push(taken.step);
    if (!taken.step.passed) break;
  }
  return { steps };
}

function runStep(
  question: CanaryQuestion,
  before: readonly ImaginedEvidence[],
  { index, share, random }: { index: number; share: number; random: Random },
): { step: StepRun; evidence: ImaginedEvidence[] } {
  let evidence = [...before];
  let [ms, units, candidateUnits, heldBy] = [0, 0, 0, 'every'];
  while (ms < longestStepMs(question)) {
    const next = Math.max(1000, ms * (growth - 1));
    const arrived = arrivals(question, share, next, random);
    const world = { stable: question.stable, worse: false, random };
    evidence = evidence.map((each, at) => {
      const plan = question.guardrails[at];
      return plan ? addImagined(each, plan.test, arrived, world) : each;
    });
    [ms, units, candidateUnits] = [
      ms + next,
      units + arrived.baseline + arrived.candidate,
      candidateUnits + arrived.candidate,
    ];
    if (ms < question.everyMs) continue;
    const held = holder(question, evidence, { index, fewest: Math.min(candidateUnits, units - candidateUnits) });
    if (held === null) return { step: { passed: true, ms, units, candidateUnits, heldBy }, evidence };
    heldBy = held;
  }
  return { step: { passed: false, ms, units, candidateUnits, heldBy }, evidence };
}

/** What keeps the step from passing: too few units, or the first guardrail that has not accepted. Null: nothing. */
function holder(
  question: CanaryQuestion,
  evidence: readonly ImaginedEvidence[],
  { index, fewest }: { index: number; fewest: number },
): string | null {
  if (fewest < question.minUnits) return 'minUnits';
  if (question.advance === 'time') return null;
  const someMust = question.guardrails.some(({ mustPass }) => mustPass);
  const waiting = question.guardrails.find((plan, at) => {
    const own = evidence[at];
    if (!own || (someMust && !plan.mustPass)) return false;
    return imaginedAcceptance(own, plan) < Math.log(acceptanceThreshold(plan.beta, index + 1, question.steps.length));
  });
  return waiting?.test.metric ?? null;
}

function arrivals({ unitsPerSecond }: CanaryQuestion, share: number, ms: number, random: Random): Arrivals {
  const units = poisson(random, (unitsPerSecond * ms) / 1000);
  const candidate = binomial(random, units, share);
  return { share, candidate, baseline: units - candidate };
}

function detect(question: CanaryQuestion, plan: GuardrailPlan, random: Random): PlannedDetection {
  const share = (question.steps[0] ?? 0) / 10_000;
  const times = Array.from({ length: runs }, () => {
    let evidence = noImaginedEvidence(plan.test);
    for (let ms = 0; ms < longestStepMs(question);) {
      const next = Math.max(1000, ms * (growth - 1));
      const world = { stable: question.stable, worse: true, random };
      evidence = addImagined(evidence, plan.test, arrivals(question, share, next, random), world);
      ms += next;
      if (imaginedBreach(evidence, plan)) return ms;
    }
    return null;
  });
  return { metric: plan.test.metric, fault: worseText(plan.test, question.stable), ms: spread(times) };
}

function spread(values: readonly (number | null)[]): Spread {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const at = (p: number): number | null => {
    const value = sorted[Math.ceil(p * sorted.length) - 1] ?? Infinity;
    return Number.isFinite(value) ? Math.round(value) : null;
  };
  return { median: at(0.5), p90: at(0.9) };
}

function mostOften(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['every', 0] as [string, number])[0];
}
