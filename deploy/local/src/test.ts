// npm test: every check and every test, on infrastructure of its own, up to the first step that fails.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCommandFailure, type Host } from './host';
import { bringInfrastructure, type InfrastructureContext } from './infrastructure';
import { add, noCounts, runJest, type Counts } from './jest-run';
import { testParts, type TestOptions, type TestPart } from './options';
import { withSystem } from './system';

const titles: Readonly<Record<TestPart, string>> = {
  lint: 'Lint',
  typecheck: 'Typecheck',
  build: 'Build of every project',
  unit: 'Unit tests',
  int: 'Integration tests',
  e2e: 'End-to-end tests',
};
const shownCharacters = 60_000;

type Outcome = { readonly isGood: boolean; readonly counts: Counts; readonly output: string };

export async function test(host: Host, options: TestOptions): Promise<number> {
  const parts = options.part ? [options.part] : testParts;
  const needsInfrastructure = parts.some((part) => part === 'int' || part === 'e2e');
  return withThrowawayFolder(host, options.keep, async (folder) => {
    if (!needsInfrastructure) return runParts(host, parts, options, { folder, env: process.env });
    return withSystem(host, { path: folder, reset: false, isThrowaway: true }, async (context) => {
      const env = await surroundings(context);
      return runParts(host, parts, options, { folder, env });
    });
  });
}

/** What the specs find the infrastructure by. */
export async function surroundings(context: InfrastructureContext): Promise<NodeJS.ProcessEnv> {
  const { kafkaBrokers, databaseUrl, redisUrl } = await bringInfrastructure(context);
  return { ...context.env, KAFKA_BROKERS: kafkaBrokers, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
}

export async function withThrowawayFolder<T>(
  host: Host,
  keep: boolean,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  chmodSync(folder, 0o711);
  try {
    return await work(folder);
  } finally {
    if (keep) host.steps.say(`  kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

async function runParts(host: Host, parts: readonly TestPart[], options: TestOptions, place: Place): Promise<number> {
  let total = noCounts;
  for (const part of parts) {
    const outcome = await runPart(host, part, options, place);
    total = add(total, outcome.counts);
    if (outcome.isGood) continue;
    host.steps.say(`\n${outcome.output.trim().slice(-shownCharacters)}\n\n  ${titles[part]} failed.`);
    break;
  }
  host.steps.say(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
  );
  return total.failed > 0 ? 1 : 0;
}

class PartFailed extends Error {
  constructor(readonly outcome: Outcome) {
    super('a part of the tests failed');
  }
}

/** A failed part is a failed step on the screen, and a value here. */
async function runPart(host: Host, part: TestPart, options: TestOptions, place: Place): Promise<Outcome> {
  try {
    return await host.steps.step(titles[part], async (say) => {
      const outcome = await work(host, part, options, place);
      const { passed, failed, skipped } = outcome.counts;
      if (passed + failed + skipped > 0)
        say(`${titles[part]}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
      if (!outcome.isGood) throw new PartFailed(outcome);
      return outcome;
    });
  } catch (error) {
    if (error instanceof PartFailed) return error.outcome;
    throw error;
  }
}

function work(host: Host, part: TestPart, { part: only, rest }: TestOptions, { folder, env }: Place): Promise<Outcome> {
  if (part === 'lint' || part === 'typecheck' || part === 'build') return runNx(host, part, rest);
  const config = `jest.${part}.config.cjs`;
  mkdirSync(join(folder, 'logs'), { recursive: true });
  return runJest(host, { config, args: rest, env, folder: join(folder, 'logs'), screen: only !== undefined });
}

async function runNx(host: Host, target: string, rest: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', FORCE_COLOR: '0' };
  const args = [join(host.root, 'node_modules/.bin/nx'), 'run-many', '-t', target, '--output-style=static', ...rest];
  try {
    return { isGood: true, counts: noCounts, output: await host.run(process.execPath, args, { cwd: host.root, env }) };
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    return { isGood: false, counts: { ...noCounts, failed: 1 }, output: error.output };
  }
}
