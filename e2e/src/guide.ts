// Runs the commands of a guide as they are written: one bash, block after block, in a folder that is the repository beside a running system.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@weir/testing';
import { type System } from './system';

const root = join(__dirname, '..', '..');
const notTheRepository = ['.git', '.weir'];
const mark = '=== weir guide block ===';

/** A block that is fenced as `sh`, and what it printed on both of its outputs. */
export interface Block {
  readonly commands: string;
  readonly printed: string;
}

/** What a reader of a guide is to type, block after block. Other fences (yaml, text) show something. */
export function commandsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);
}

export interface GuideRun {
  readonly blocks: readonly Block[];
  /** What the blocks printed in which all of these words stand. */
  printedBy(...words: readonly string[]): string;
}

/**
 * Runs all blocks of `docs/guides/<name>.md`. Rejects, with what was printed, where a command fails or is refused by Weir, where they take
 * longer than `withinMs`, and where a process is left running. Ports that the guide names must be free.
 */
export async function runGuide(system: System, name: string, withinMs = 240_000): Promise<GuideRun> {
  const commands = commandsOf(readFileSync(join(root, 'docs', 'guides', `${name}.md`), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'weir-guide-'));
  try {
    const printed = await runInBash(commands, standIn(folder, system), folder, withinMs);
    const blocks = commands.map((each, index) => ({ commands: each, printed: printed[index] ?? '' }));
    const refused = blocks.find((block) => block.printed.includes('{"error":'));
    if (refused) throw new Error(`refused:\n${refused.commands}\n${refused.printed}`);
    return { blocks, printedBy: (...words) => printedBy(blocks, words) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function printedBy(blocks: readonly Block[], words: readonly string[]): string {
  const found = blocks.filter(({ commands }) => words.every((word) => commands.includes(word)));
  if (found.length === 0) throw new Error(`no block has ${words.join(' and ')}`);
  return found.map(({ printed }) => printed).join('');
}

/** A folder with everything of the repository, whose .weir is the system's. */
function standIn(folder: string, system: System): string {
  const repository = join(folder, 'weir');
  mkdirSync(repository);
  for (const entry of readdirSync(root))
    if (!notTheRepository.includes(entry)) symlinkSync(join(root, entry), join(repository, entry));
  symlinkSync(system.stateDir, join(repository, '.weir'));
  return repository;
}

async function runInBash(
  commands: readonly string[],
  cwd: string,
  folder: string,
  withinMs: number,
): Promise<string[]> {
  const script = join(folder, 'guide.sh');
  writeFileSync(script, ['set -eo pipefail', ...commands].join(`\nprintf '%s' '${mark}'\n`));
  const bash = spawn('bash', [script], {
    cwd,
    env: surroundings(folder),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [bash.stdout, bash.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const said = (why: string): string =>
    `${why}; the last block:\n${commands[output.split(mark).length - 2]}\n${output.slice(-4_000)}`;
  const gone = once(bash, 'exit');
  const group = bash.pid ?? NaN;
  try {
    const patience = { timeoutMs: withinMs, everyMs: 100 };
    await eventually(() => bash.exitCode !== null || bash.signalCode !== null, patience).catch(() => {
      throw new Error(said(`not done after ${withinMs} ms`));
    });
    if (bash.exitCode !== 0) throw new Error(said(`ended with ${bash.exitCode ?? bash.signalCode}`));
    await eventually(() => !isAlive(group)).catch(() => {
      throw new Error(said('a process is left running'));
    });
  } finally {
    if (isAlive(group)) process.kill(-group, 'SIGKILL');
    await gone;
  }
  return output.split(mark).slice(1);
}

function isAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** A reader's: nothing of the spec's own system, and temporary folders where they are removed. */
function surroundings(folder: string): NodeJS.ProcessEnv {
  const ours = ['KAFKA_BROKERS', 'DATABASE_URL', 'REDIS_URL', 'NODE_OPTIONS'];
  const kept = Object.entries(process.env).filter(([name]) => !ours.includes(name) && !name.startsWith('WEIR_'));
  return { ...Object.fromEntries(kept), TMPDIR: folder };
}
