// The command line of npm run bench.
import { Complaint } from '@weir/local';

export const benchNames = [
  'router',
  'latency',
  'shadow',
  'comparator',
  'allocator',
  'pipeline',
  'memory',
  'bandit',
  'profile',
] as const;
export type BenchName = (typeof benchNames)[number];

export interface BenchOptions {
  readonly command: BenchName;
  readonly rounds: number;
  /** Of one measured visit. */
  readonly seconds: number;
  /** A file that gets the result as well. */
  readonly json: string | undefined;
  readonly install: boolean;
}

export type Options = BenchOptions | { readonly command: 'table' };

const usage = `npm run bench -- <${benchNames.join('|')}|table> [--rounds n] [--seconds n] [--json file] [--install]`;
const defaults: Readonly<Record<BenchName, { rounds: number; seconds: number }>> = {
  router: { rounds: 12, seconds: 4 },
  latency: { rounds: 12, seconds: 6 },
  shadow: { rounds: 12, seconds: 4 },
  comparator: { rounds: 9, seconds: 20 },
  allocator: { rounds: 9, seconds: 5 },
  pipeline: { rounds: 9, seconds: 20 },
  memory: { rounds: 1, seconds: 600 },
  bandit: { rounds: 20, seconds: 1 },
  profile: { rounds: 1, seconds: 10 },
};

export function parseOptions(args: readonly string[]): Options {
  const [command, ...rest] = args;
  if (command === 'table' && rest.length === 0) return { command };
  const name = benchNames.find((known) => known === command);
  if (!name)
    throw new Complaint(`There is no '${command ?? ''}' yet: there are ${benchNames.join(', ')} and table. ${usage}`);
  return { command: name, ...flags(rest, defaults[name]) };
}

function flags(args: readonly string[], { rounds, seconds }: { rounds: number; seconds: number }) {
  const found = { rounds, seconds, json: undefined as string | undefined, install: false };
  const left = [...args];
  while (left.length > 0) {
    const flag = left.shift();
    if (flag === '--rounds') found.rounds = wholeNumber(flag, left.shift(), 1_000);
    else if (flag === '--seconds') found.seconds = wholeNumber(flag, left.shift(), 86_400);
    else if (flag === '--json') found.json = left.shift();
    else if (flag === '--install') found.install = true;
    else throw new Complaint(`Unknown option '${flag}': ${usage}`);
  }
  return found;
}

function wholeNumber(flag: string, text: string | undefined, maximum: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > maximum)
    throw new Complaint(`${flag} takes a number from 1 to ${maximum}.`);
  return number;
}
