// What was measured on, and how noisy it was.
import { cpus, release, totalmem } from 'node:os';
import { type Host } from '@weir/local';
import { median, quantile } from './measure/numbers';
import { isQuiet, quietBelowCores, type Visit } from './measure/visits';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly nginx: string;
  readonly measuredOn: string;
  /** Of the visits: how many there were, how many others left in peace, what they and the host took. */
  readonly noise: {
    readonly visits: number;
    readonly quiet: number;
    readonly quietBelowCores: number;
    readonly foreignCoresMedian: number;
    readonly foreignCoresP90: number;
    readonly stealCoresMedian: number;
  };
}

export async function describeMachine(host: Host, nginx: string, visits: readonly Visit[]): Promise<Machine> {
  const said = await host.run(nginx, ['-v'], { allowFailure: true });
  const foreign = visits.map(({ foreignCores }) => foreignCores);
  const rounded = (value: number): number => (Number.isFinite(value) ? Number(value.toFixed(3)) : 0);
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.versions.node,
    nginx: /nginx\/([\d.]+)/.exec(said)?.[1] ?? 'unknown',
    measuredOn: new Date().toISOString().slice(0, 10),
    noise: {
      visits: visits.length,
      quiet: visits.filter(isQuiet).length,
      quietBelowCores,
      foreignCoresMedian: rounded(median(foreign)),
      foreignCoresP90: rounded(quantile(foreign, 0.9)),
      stealCoresMedian: rounded(median(visits.map(({ stealCores }) => stealCores))),
    },
  };
}
