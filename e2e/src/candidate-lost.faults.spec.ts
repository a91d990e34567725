// A candidate that dies or hangs under 500 predictions/s, stable lost too, and both back: what callers and servers see of it.
import { ModelServer } from '@weir/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { LoneRouter } from './lone-router';
import { nowMs, Pour, quantileMs, shareOf, statusesOf, type Drop } from './pour';

const ratePerSecond = Number(process.env['WEIR_FAULTS_RATE'] ?? 500);
const timeoutMs = 2_000;
/** While the fault is found out, callers wait for half of the deadline; what is normal is far from that, on any machine. */
const normalMs = timeoutMs / 20;

interface Phase {
  readonly fromMs: number;
  readonly toMs: number;
  /** Calls that reached a model server. */
  readonly attempts: number;
}

let router: LoneRouter;
let stable: ModelServer;
let candidate: ModelServer;
let pour: Pour;

beforeEach(async () => {
  console.info(`${ratePerSecond} predictions/s`);
  [stable, candidate] = await Promise.all([ModelServer.start({ name: 'v1' }), ModelServer.start({ name: 'v2' })]);
  const at = ({ url }: ModelServer) => ({ modelName: 'spam', instances: [{ url, state: 'in-service' as const }] });
  router = await LoneRouter.start({ v1: at(stable), v2: at(candidate) }, timeoutMs);
  const path = '/v2/models/spam/infer';
  pour = await Pour.start({ port: router.port, path, ratePerSecond, connections: 4_000 });
});

afterEach(async () => {
  await pour?.kill();
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
    await pause(3_000);
    const before = await during(5_000);
    await lose();
    const lost = await during(10_000);
    await bring();
    const candidateBack = await during(8_000);
    await lose();
    await pause(3_000);
    await stable.stop();
    const both = await during(5_000);
    await stable.resume();
    const stableBack = await during(8_000);
    await bring();
    const drops = await pour.stop();
    const of = ({ fromMs, toMs }: Phase) => drops.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs);

    const later = of(lost).filter(({ dueMs }) => dueMs > lost.fromMs + 2_000);
    const figures = {
      perSecond: of(lost).length / 10,
      answered: shareOf(of(lost), 200),
      statuses: statusesOf(of(lost)),
      attempts: lost.attempts / of(lost).length,
      p99BeforeMs: quantileMs(of(before), 0.99),
      p99Ms: quantileMs(of(lost), 0.99),
      p99AfterTwoSecondsMs: quantileMs(later, 0.99),
      refusedWhileBothAreLost: shareOf(of(both), 503),
      slowestWhileBothAreLostMs: quantileMs(of(both), 1),
      attemptsWhileBothAreLost: both.attempts / of(both).length,
      candidateBackMs: backAfter(of(candidateBack), candidateBack, 'v2'),
      stableBackMs: backAfter(of(stableBack), stableBack, 'v1'),
      broken: drops.filter(({ status }) => status === 0).length,
      generatorLateMs: Math.max(...drops.map(({ lateMs }) => lateMs)),
    };
    console.info(
      `figure ${id}: of ${of(lost).length} and ${of(both).length} predictions ${JSON.stringify(figures, rounded)}`,
    );

    expect(figures.broken).toBe(0);
    expect(figures.answered).toBeGreaterThanOrEqual(0.999);
    expect(figures.attempts).toBeLessThanOrEqual(1.2);
    expect(figures.p99AfterTwoSecondsMs).toBeLessThanOrEqual(Math.max(normalMs, 3 * figures.p99BeforeMs));
    expect(figures.refusedWhileBothAreLost).toBeGreaterThan(0.99);
    expect(figures.slowestWhileBothAreLostMs).toBeLessThan(timeoutMs + 500);
    expect(figures.attemptsWhileBothAreLost).toBeLessThanOrEqual(1.2);
    expect(figures.candidateBackMs).toBeLessThan(5_000);
    expect(figures.stableBackMs).toBeLessThan(5_000);
  },
);

async function during(ms: number): Promise<Phase> {
  const fromMs = nowMs();
  const before = stable.asked.length + candidate.asked.length;
  await pause(ms);
  return { fromMs, toMs: nowMs(), attempts: stable.asked.length + candidate.asked.length - before };
}

/** Milliseconds until that version answered a prediction that came in that phase; Infinity: none. */
function backAfter(drops: readonly Drop[], { fromMs }: Phase, version: string): number {
  return Math.min(...drops.filter((drop) => drop.version === version).map(({ dueMs }) => dueMs - fromMs));
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10_000) / 10_000 : value;
}
