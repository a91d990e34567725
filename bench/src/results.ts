// bench/results/*.json: one file a command, and the README's table made from them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine } from './machine';
import { median, spread, threeFigures } from './measure/numbers';
import { rowPlans, type Row } from './measure/rows';
import { type Visit } from './measure/visits';

/** What one target's visits gave: the median of each figure, with the least and the greatest. */
export interface TargetSummary {
  readonly target: string;
  readonly visits: number;
  readonly figures: Readonly<Record<string, { readonly median: number; readonly spread: readonly [number, number] }>>;
}

export interface Results {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly targets: readonly TargetSummary[];
}

/** Less is a trial, and not what the README speaks of. */
export function isTrial({ command, rounds, seconds }: { command: string; rounds: number; seconds: number }): boolean {
  return command === 'memory' ? seconds < 600 : rounds < 9;
}

export function summarise(visits: readonly Visit[]): TargetSummary[] {
  return [...new Set(visits.map(({ target }) => target))].map((target) => {
    const own = visits.filter((visit) => visit.target === target);
    const names = [...new Set(own.flatMap(({ figures }) => Object.keys(figures)))];
    const figures = names.map((name) => {
      const values = own.flatMap(({ figures: all }) => (all[name] === undefined ? [] : [all[name]]));
      const [least = NaN, most = NaN] = spread(values) ?? [];
      return [
        name,
        { median: threeFigures(median(values)), spread: [threeFigures(least), threeFigures(most)] as const },
      ] as const;
    });
    return { target, visits: own.length, figures: Object.fromEntries(figures) };
  });
}

export function writeResults(file: string, results: Results): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

export function readResults(root: string): Results[] {
  const folder = join(root, 'bench/results');
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results);
}

const begin = '<!-- npm run bench -- table: begin -->';
const end = '<!-- npm run bench -- table: end -->';

/** The README with its table as the results say. @throws Error where the marks are missing. */
export function withTable(readme: string, results: readonly Results[]): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the README has no ${begin} before ${end}`);
  return `${readme.slice(0, from)}${begin}\n\n${table(results)}\n\n${readme.slice(to)}`;
}

function table(results: readonly Results[]): string {
  const rows = results.flatMap(({ machine, rows: own }) => own.map((row) => ({ ...row, machine })));
  const lines = rowPlans.flatMap(({ row, says, unit }) => {
    const found = rows.find((each) => each.row === row);
    if (!found) return [];
    const { ratio, spread: range, must, aim, pairs } = found;
    const measured = ratio === null ? 'no quiet pair' : `**${ratio}** (${range?.join(' to ') ?? ''})`;
    const suffix = unit === 'times' ? '' : ` ${unit}`;
    return [`| ${row} | ${says} | ${measured}${ratio === null ? '' : suffix} | ${pairs} | ${must} | ${aim} |`];
  });
  // bandits need no nginx
  const machine = (results.find((each) => each.machine.nginx !== 'unknown') ?? results[0])?.machine;
  return [
    '| row | what | measured: median (least to greatest) | pairs | must | aim |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    machine
      ? `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, nginx ${machine.nginx}, Linux ${machine.kernel}, ${machine.measuredOn}.`
      : 'Nothing has been measured yet.',
  ].join('\n');
}
