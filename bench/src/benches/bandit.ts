// npm run bench -- bandit: what Weir's allocation loses beside epsilon-greedy, UCB and KL-UCB when feedback is late, and how long one allocation takes.
// Nothing is started: all of it is arithmetic in this process, from a seed.
import { probabilityBest, randomFrom, simulateRegret, type Posterior } from '@weir/bandits';
import { type Host } from '@weir/local';
import { readCpu, spentBetween } from '../measure/cpu-meter';
import { type Measured } from '../measure/measured';
import { toRow } from '../measure/rows';
import { isQuiet, type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { banditCases, type BanditCase } from './bandit-settings';

const seed = 20_261_123;

export async function benchBandit(host: Host, { rounds }: BenchOptions): Promise<Measured> {
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await host.steps.step(`Round ${round} of ${rounds}`, (say) => {
      visits.push(visitWeights(round));
      for (const one of banditCases) visits.push(visitCase(one, round));
      const speed = visits.findLast(({ target }) => target === weightsTarget)?.figures['cpuMs'] ?? NaN;
      say(`Round ${round} of ${rounds}: P(best) of ten arms in ${speed.toPrecision(2)} ms`);
      return Promise.resolve();
    });
  for (const line of linesOf(visits)) host.steps.say(line);
  return { rows: rowsOf(visits), visits };
}

const weightsTarget = 'P(best) of ten arms';

/** CPU of one call, over many, with posteriors that differ from call to call. */
function visitWeights(round: number): Visit {
  const random = randomFrom(seed + round);
  const questions = Array.from({ length: 200 }, () =>
    Array.from({ length: 10 }, (): Posterior => {
      const [outcomes, rate] = [10 ** (2 + 3 * random()), 0.05 + 0.2 * random()];
      return { kind: 'beta', alpha: 1 + outcomes * rate, beta: 1 + outcomes * (1 - rate) };
    }),
  );
  for (const posteriors of questions) probabilityBest(posteriors);
  const [before, cpu] = [readCpu([]), process.cpuUsage()];
  for (let again = 0; again < 5; again += 1) for (const posteriors of questions) probabilityBest(posteriors);
  const spent = process.cpuUsage(cpu);
  const cpuMs = (spent.user + spent.system) / 1_000 / (5 * questions.length);
  return visitOf(weightsTarget, round, { cpuMs }, before);
}

function visitCase(one: BanditCase, round: number): Visit {
  const before = readCpu([]);
  const regrets = Array.from({ length: one.runsPerRound }, (_, run) => {
    const random = randomFrom(seed + 1_000 * round + run);
    return simulateRegret(one.simulated, one.choose, random).at(-1) ?? NaN;
  });
  const regret = regrets.reduce((sum, each) => sum + each, 0) / regrets.length;
  return visitOf(`${one.setting}: ${one.rule}`, round, { regret }, before);
}

function visitOf(
  target: string,
  round: number,
  figures: Record<string, number>,
  before: ReturnType<typeof readCpu>,
): Visit {
  const { foreignCores, stealCores } = spentBetween(before, readCpu([]));
  return { target, round, figures, foreignCores, stealCores };
}

/** Neither regret nor CPU time depends on what others do: every visit counts. */
function rowsOf(visits: readonly Visit[]): Measured['rows'] {
  const pairs = (target: string, value: (visit: Visit) => number) =>
    visits
      .filter((visit) => visit.target === target)
      .map((visit) => ({ round: visit.round, value: value(visit), quiet: isQuiet(visit) }));
  const speed = toRow(
    'bandit-weights',
    pairs(weightsTarget, ({ figures }) => figures['cpuMs'] ?? NaN),
    'all',
  );
  const regrets = banditCases.flatMap(({ row, setting, rule, reference }) => {
    if (row === undefined || !reference) return [];
    const relative = ({ figures }: Visit): number => (figures['regret'] ?? NaN) / reference[0];
    return [toRow(row, pairs(`${setting}: ${rule}`, relative), 'all')];
  });
  return [speed, ...regrets];
}

function linesOf(visits: readonly Visit[]): string[] {
  const settings = [...new Set(banditCases.map(({ setting }) => setting))];
  return settings.flatMap((setting) => [
    '',
    `  Regret, ${setting}:`,
    ...banditCases.filter((one) => one.setting === setting).map((one) => lineOf(one, visits)),
  ]);
}

function lineOf({ setting, rule, reference }: BanditCase, visits: readonly Visit[]): string {
  const values = visits
    .filter(({ target }) => target === `${setting}: ${rule}`)
    .map(({ figures }) => figures['regret'] ?? NaN);
  const { mean, error } = meanOf(values);
  const beside = reference ? `reference ${round1(reference[0])} +- ${round1(reference[1])}` : '';
  return `    ${rule.padEnd(20)} ${`${round1(mean)} +- ${round1(error)}`.padEnd(24)} ${beside}`.trimEnd();
}

function meanOf(values: readonly number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

const round1 = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '?');
