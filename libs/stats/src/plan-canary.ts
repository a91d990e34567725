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
  const slices = planCanarySlices(question);
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

/** The same in slices of a few milliseconds at most: whoever has others to serve does so at each. */
export function* planCanarySlices(question: CanaryQuestion): Generator<void, CanaryPlan> {
  const random = randomOf(question.seed ?? 1);
  const all: Run[] = [];
  while (all.length < runs) all.push(yield* runOnce(question, random));
  const steps = stepsOf(question, all);
  const totalMs = spread(
    all.map(({ steps: each }) =>
      each.every(({ passed }) => passed) ? each.reduce((sum, { ms }) => sum + ms, 0) : null,
    ),
  );
  const detection: PlannedDetection[] = [];
  for (const plan of question.guardrails) detection.push(yield* detect(question, plan, random));
  return { steps, totalMs, detection, warnings: planWarnings(question, steps, detection) };
}

function stepsOf(question: CanaryQuestion, all: readonly Run[]): PlannedStep[] {
  return question.steps.map(({ weightBps }, index) => {
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
}

function* runOnce(question: CanaryQuestion, random: Random): Generator<void, Run> {
  let evidence = question.guardrails.map(({ test }) => noImaginedEvidence(test));
  const steps: StepRun[] = [];
  for (const index of question.steps.keys()) {
    const taken = yield* runStep(question, evidence, { index, random });
    evidence = taken.evidence;
    steps.push(taken.step);
    if (!taken.step.passed) break;
  }
  return { steps };
}

function* runStep(
  question: CanaryQuestion,
  before: readonly ImaginedEvidence[],
  { index, random }: { index: number; random: Random },
): Generator<void, { step: StepRun; evidence: ImaginedEvidence[] }> {
  const { weightBps = 0, leastMs = 0, byHand = false } = question.steps[index] ?? {};
  const share = weightBps / 10_000;
  let evidence = [...before];
  let [ms, units, candidateUnits, heldBy] = [0, 0, 0, 'every'];
  while (ms < longestStepMs(question, question.steps[index])) {
    yield;
    const next = nextLookMs(ms, leastMs);
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
    if (ms < leastMs) continue;
    const fewest = Math.min(candidateUnits, units - candidateUnits);
    const held = byHand ? null : holder(question, evidence, { index, fewest });
    if (held === null) return { step: { passed: true, ms, units, candidateUnits, heldBy }, evidence };
    heldBy = held;
  }
  return { step: { passed: false, ms, units, candidateUnits, heldBy }, evidence };
}

/** Never past the least time of the step, where it may end. */
function nextLookMs(ms: number, leastMs: number): number {
  const next = Math.max(1000, ms * (growth - 1));
  return ms < leastMs ? Math.min(next, leastMs - ms) : next;
}

/** What keeps the step from passing: too few units, or the first guardrail that has not accepted. Null: nothing. */
function holder(
  question: CanaryQuestion,
  evidence: readonly ImaginedEvidence[],
  { index, fewest }: { index: number; fewest: number },
): string | null {
  if (fewest < question.minUnits) return 'minUnits';
  const marks = question.marksAnother === true || question.guardrails.some(({ mustPass }) => mustPass);
  const onlyMarked = marks || question.advance === 'time';
  const waiting = question.guardrails.find((plan, at) => {
    const own = evidence[at];
    if (!own || (onlyMarked && !plan.mustPass)) return false;
    return imaginedAcceptance(own, plan) < Math.log(acceptanceThreshold(plan.beta, index + 1, question.steps.length));
  });
  return waiting?.test.metric ?? null;
}

function arrivals({ unitsPerSecond }: CanaryQuestion, share: number, ms: number, random: Random): Arrivals {
  const units = poisson(random, (unitsPerSecond * ms) / 1000);
  const candidate = binomial(random, units, share);
  return { share, candidate, baseline: units - candidate };
}

function* detect(question: CanaryQuestion, plan: GuardrailPlan, random: Random): Generator<void, PlannedDetection> {
  const times: (number | null)[] = [];
  while (times.length < runs) times.push(yield* detectOnce(question, plan, random));
  return { metric: plan.test.metric, fault: worseText(plan.test, question.stable), ms: spread(times) };
}

/** Milliseconds; null: not within the longest step. */
function* detectOnce(question: CanaryQuestion, plan: GuardrailPlan, random: Random): Generator<void, number | null> {
  const [first] = question.steps;
  const share = (first?.weightBps ?? 0) / 10_000;
  let evidence = noImaginedEvidence(plan.test);
  for (let ms = 0; ms < longestStepMs(question, first);) {
    yield;
    const next = nextLookMs(ms, 0);
    const world = { stable: question.stable, worse: true, random };
    evidence = addImagined(evidence, plan.test, arrivals(question, share, next, random), world);
    ms += next;
    if (imaginedBreach(evidence, plan)) return ms;
  }
  return null;
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
