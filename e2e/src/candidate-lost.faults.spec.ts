// A candidate that dies or hangs under 500 predictions/s, stable lost too, and both back: what callers and servers see of it.
import { eventually, ModelServer } from '@weir/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { LoneRouter } from './lone-router';
import { Traffic, type Answer } from './traffic';
import { seed } from './under-fire';

const ratePerSecond = Number(process.env['WEIR_FAULTS_RATE'] ?? 500);
const timeoutMs = 2_000;
/** While the fault is found out, callers wait for half of the deadline: what is normal is far from that, on any machine. */
const normalMs = timeoutMs / 4;

interface Phase {
  readonly fromMs: number;
  readonly toMs: number;
  /** Calls that reached a model server. */
  readonly attempts: number;
}

let router: LoneRouter;
let stable: ModelServer;
let candidate: ModelServer;

beforeEach(async () => {
  console.info(`seed ${seed}, ${ratePerSecond} predictions/s`);
  [stable, candidate] = await Promise.all([ModelServer.start({ name: 'v1' }), ModelServer.start({ name: 'v2' })]);
  const at = ({ url }: ModelServer) => ({ modelName: 'spam', instances: [{ url, state: 'in-service' as const }] });
  router = await LoneRouter.start({ v1: at(stable), v2: at(candidate) }, timeoutMs);
});

afterEach(async () => {
  await router?.stop();
  await Promise.all([stable.stop(), candidate.stop()]);
});

const faults: readonly [id: string, lose: () => Promise<void>, bring: () => Promise<void>][] = [
  ['candidate-killed', () => candidate.stop(), () => candidate.resume()],
  [
    'candidate-hung',
    () => Promise.resolve(void (candidate.behaviour = { kind: 'hang' })),
    () => Promise.resolve(void (candidate.behaviour = { kind: 'answer' })),
  ],
];

it.each(faults)(
  '%s: 99.9 %% answered by stable, few attempts, quick again in 2 s, back in 5 s',
  async (id, lose, bring) => {
    const phases: Record<'before' | 'lost' | 'both', Phase> = { before: never, lost: never, both: never };
    const back = { candidateMs: Infinity, stableMs: Infinity };
    const traffic = new Traffic({
      ...{ routers: [router.url], collector: '', model: 'spam', never: 1 }, // no outcomes
      ...{ ratePerSecond, units: 2_000, seed },
    });
    const running = traffic.run();
    await eventually(() => traffic.answers.length > 2 * ratePerSecond, { timeoutMs: 60_000 });
    phases.before = await during(5_000);
    await lose();
    phases.lost = await during(10_000);
    await bring();
    back.candidateMs = await answeredBy(traffic, 'v2');
    await lose();
    await pause(3_000);
    await stable.stop();
    phases.both = await during(5_000);
    await stable.resume();
    back.stableMs = await answeredBy(traffic, 'v1');
    await bring();
    await traffic.stop();
    await running;

    const [before, lost, both] = [
      sentIn(traffic, phases.before),
      sentIn(traffic, phases.lost),
      sentIn(traffic, phases.both),
    ];
    const later = lost.filter(({ sentAtMs }) => sentAtMs > phases.lost.fromMs + 2_000);
    const figures = {
      answered: share(lost, 200),
      statuses: statusesOf(lost),
      attempts: phases.lost.attempts / lost.length,
      p99BeforeMs: p99(before),
      p99Ms: p99(lost),
      p99AfterTwoSecondsMs: p99(later),
      refusedWhileBothAreLost: share(both, 503),
      slowestWhileBothAreLostMs: Math.max(...both.map(({ tookMs }) => tookMs)),
      attemptsWhileBothAreLost: phases.both.attempts / both.length,
      ...back,
    };
    console.info(`figure ${id}: of ${lost.length} and ${both.length} predictions ${JSON.stringify(figures, rounded)}`);

    expect(traffic.failures).toEqual([]);
    expect(figures.answered).toBeGreaterThanOrEqual(0.999);
    expect(figures.attempts).toBeLessThanOrEqual(1.2);
    const isSlow = ({ tookMs }: Answer): boolean => tookMs > Math.max(normalMs, 3 * figures.p99BeforeMs);
    // at a low rate the trials of the candidate, less than one a second, are more than one in a hundred
    expect(later.filter(isSlow).length).toBeLessThanOrEqual(Math.max(0.01 * later.length, 8));
    expect(figures.refusedWhileBothAreLost).toBeGreaterThan(0.99);
    expect(figures.slowestWhileBothAreLostMs).toBeLessThan(timeoutMs + normalMs);
    expect(figures.attemptsWhileBothAreLost).toBeLessThanOrEqual(1.2);
    expect(back.candidateMs).toBeLessThan(5_000);
    expect(back.stableMs).toBeLessThan(5_000);
  },
);

const never: Phase = { fromMs: Infinity, toMs: -Infinity, attempts: 0 };

async function during(ms: number): Promise<Phase> {
  const fromMs = performance.now();
  const before = stable.asked.length + candidate.asked.length;
  await pause(ms);
  return { fromMs, toMs: performance.now(), attempts: stable.asked.length + candidate.asked.length - before };
}

/** Milliseconds from now until that version has answered again. */
async function answeredBy(traffic: Traffic, version: string): Promise<number> {
  const fromMs = performance.now();
  const isBack = ({ sentAtMs, version: by }: Answer): boolean => sentAtMs > fromMs && by === version;
  await eventually(() => traffic.answers.some(isBack), { timeoutMs: 30_000, everyMs: 20 });
  return performance.now() - fromMs;
}

function sentIn(traffic: Traffic, { fromMs, toMs }: Phase): readonly Answer[] {
  return traffic.answers.filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs < toMs);
}

function share(answers: readonly Answer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length / answers.length;
}

function statusesOf(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function p99(answers: readonly Answer[]): number {
  return answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b)[Math.ceil(0.99 * answers.length) - 1] ?? NaN;
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10_000) / 10_000 : value;
}
