// The command line of npm start, npm test and npm run faults.
import { Complaint } from './complaint';

export interface StartOptions {
  readonly command: 'start';
  readonly bare: boolean;
  readonly once: boolean;
  readonly reset: boolean;
  readonly routers: number;
  readonly only?: string;
}

export interface TestOptions {
  readonly command: 'test';
  readonly part?: TestPart;
  readonly keep: boolean;
  /** Handed to Jest. */
  readonly rest: readonly string[];
}

export interface FaultsOptions {
  readonly command: 'faults';
  readonly id?: string;
  readonly keep: boolean;
  readonly rest: readonly string[];
}

export type Options = StartOptions | TestOptions | FaultsOptions;
export type TestPart = 'lint' | 'typecheck' | 'build' | 'unit' | 'int' | 'e2e';

export const testParts: readonly TestPart[] = ['lint', 'typecheck', 'build', 'unit', 'int', 'e2e'];
const maximumRouters = 8;

export function parseOptions(args: readonly string[]): Options {
  const [command = '', ...rest] = args;
  if (command === 'start') return parseStart(rest);
  if (command === 'test') return parseTest(rest);
  if (command === 'faults') return parseFaults(rest);
  throw new Complaint(`Unknown command '${command}': start, test or faults.`);
}

function parseStart(args: readonly string[]): StartOptions {
  const found = { bare: false, once: false, reset: false, routers: 1, only: undefined as string | undefined };
  const left = args.flatMap((arg) =>
    /^--\w+=/.test(arg) ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : [arg],
  );
  while (left.length > 0) {
    const flag = left.shift();
    if (flag === '--bare' || flag === '--once' || flag === '--reset')
      found[flag.slice(2) as 'bare' | 'once' | 'reset'] = true;
    else if (flag === '--routers') found.routers = wholeNumber(flag, left.shift(), maximumRouters);
    else if (flag === '--only') found.only = value(flag, left.shift());
    else
      throw new Complaint(
        `Unknown option '${flag}': npm start -- [--bare] [--once] [--only <stage>] [--routers <n>] [--reset]`,
      );
  }
  if (found.bare && (found.once || found.only))
    throw new Complaint('--bare leaves the example out, --once and --only drive it: choose one.');
  return { command: 'start', ...found };
}

function parseTest(args: readonly string[]): TestOptions {
  const keep = args.includes('--keep');
  const [first, ...others] = args.filter((arg) => arg !== '--keep');
  if (first === undefined) return { command: 'test', keep, rest: [] };
  const part = testParts.find((name) => name === first);
  if (!part)
    throw new Complaint(`Unknown part '${first}': npm test -- [${testParts.join('|')}] [--keep] [jest options]`);
  return { command: 'test', part, keep, rest: others };
}

function parseFaults(args: readonly string[]): FaultsOptions {
  const keep = args.includes('--keep');
  const [first, ...others] = args.filter((arg) => arg !== '--keep');
  if (first?.startsWith('-')) return { command: 'faults', keep, rest: [first, ...others] };
  return { command: 'faults', id: first, keep, rest: others };
}

function wholeNumber(flag: string, text: string | undefined, maximum: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > maximum)
    throw new Complaint(`${flag} takes a number from 1 to ${maximum}.`);
  return number;
}

function value(flag: string, text: string | undefined): string {
  if (!text || text.startsWith('--')) throw new Complaint(`${flag} takes a value.`);
  return text;
}
