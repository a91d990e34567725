// npm run bench: starts Weir and its peers on a stand of their own, measures them in paired visits, says and writes what came out.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Host } from '@weir/local';
import { benchAllocator } from './benches/allocator';
import { benchBandit } from './benches/bandit';
import { benchComparator } from './benches/comparator';
import { benchLatency } from './benches/latency';
import { benchMemory } from './benches/memory';
import { benchPipeline } from './benches/pipeline';
import { benchProfile } from './benches/profile';
import { benchRouter } from './benches/router';
import { benchShadow } from './benches/shadow';
import { describeMachine } from './machine';
import { type Measured } from './measure/measured';
import { type Row } from './measure/rows';
import { parseOptions, type BenchName, type BenchOptions } from './options';
import { isTrial, readResults, summarise, withTable, writeResults, type Results } from './results';
import { onStand, type Stand } from './targets/stand';
import { programOf } from './targets/start-peers';

type Bench = (stand: Stand, options: BenchOptions) => Promise<Measured>;

interface StandBench {
  readonly cores: 'whole' | 'split';
  readonly run: Bench;
}

const benches: Readonly<Record<Exclude<BenchName, 'bandit'>, StandBench>> = {
  router: { cores: 'split', run: benchRouter },
  latency: { cores: 'split', run: benchLatency },
  shadow: { cores: 'split', run: benchShadow },
  comparator: { cores: 'whole', run: benchComparator },
  allocator: { cores: 'whole', run: benchAllocator },
  pipeline: { cores: 'whole', run: benchPipeline },
  memory: { cores: 'split', run: benchMemory },
  profile: { cores: 'split', run: benchProfile },
};

export async function main(args: readonly string[], host: Host): Promise<number> {
  const options = parseOptions(args);
  if (options.command === 'table') return writeTable(host);
  const bench = options.command === 'bandit' ? null : benches[options.command];
  const results = bench ? await withStand(host, options, bench) : await withoutStand(host, options);
  for (const line of describe(results)) host.steps.say(line);
  keep(host, options, results);
  return 0;
}

async function withStand(host: Host, options: BenchOptions, { cores, run }: StandBench): Promise<Results> {
  return onStand(host, options, cores, async (stand): Promise<Results> => {
    const { rows, visits } = await run(stand, options);
    return {
      machine: await describeMachine(host, programOf(stand, 'nginx'), visits),
      rows,
      targets: summarise(visits),
    };
  });
}

/** Arithmetic: nothing is started. */
async function withoutStand(host: Host, options: BenchOptions): Promise<Results> {
  const { rows, visits } = await benchBandit(host, options);
  return { machine: await describeMachine(host, 'nginx', visits), rows, targets: summarise(visits) };
}

function writeTable({ root, steps }: Host): number {
  const file = join(root, 'README.md');
  writeFileSync(file, withTable(readFileSync(file, 'utf8'), readResults(root)));
  steps.say('  README.md has the table of bench/results');
  return 0;
}

function keep({ root, steps }: Host, options: BenchOptions, results: Results): void {
  const { command, json } = options;
  if (json !== undefined) writeResults(resolve(process.env['INIT_CWD'] ?? '.', json), results);
  if (results.rows.length === 0) return;
  if (isTrial(options))
    return steps.say(`  A trial, too short to be kept: bench/results/${command}.json stays as it was.`);
  const file = join(root, 'bench/results', `${command}.json`);
  writeResults(file, results);
  steps.say(`  Written: ${file}; npm run bench -- table puts it into the README.`);
}

function describe({ machine, rows, targets }: Results): string[] {
  const { noise } = machine;
  const figures = targets.flatMap(({ target, visits, figures: own }) => [
    `  ${target} (${visits} visits): ${Object.entries(own)
      .map(([name, { median }]) => `${name} ${median}`)
      .join(', ')}`,
  ]);
  return [
    '',
    ...figures,
    '',
    ...rows.map(rowLine),
    '',
    `  ${machine.processor}, ${machine.cores} cores, Node ${machine.node}, nginx ${machine.nginx}`,
    `  ${noise.quiet} of ${noise.visits} visits were quiet; others took ${noise.foreignCoresMedian} cores at the median, ${noise.foreignCoresP90} at the 90th percentile`,
    '',
  ];
}

function rowLine({ row, ratio, spread, pairs, must, aim, reached }: Row): string {
  const measured = ratio === null ? 'no quiet pair' : `${ratio} [${spread?.join(' to ') ?? ''}]`;
  return `  ${row.padEnd(18)} ${measured.padEnd(28)} ${String(pairs).padStart(2)} pairs   must ${must}, aim ${aim}: ${reached}`;
}
