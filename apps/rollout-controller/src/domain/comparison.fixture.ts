// Windows of pairs for specs, counted by the real rule of counting as the comparator counts them.
import { type Evidence } from '@weir/contracts';
import { countItems, countPrediction, countValue, openBook, toldSums, type Book, type Exposure } from '@weir/stats';
import { buildEvidence } from '@weir/testing';
import { type WholeWindow } from './whole-windows';

export interface Pair {
  readonly unit?: string | undefined;
  readonly candidate?: string;
  readonly segment?: string;
  /** Absent: the shadow failed. */
  readonly agrees?: boolean;
  readonly difference?: number;
  /** Of the score of both versions. */
  readonly bins?: readonly [stable: number, shadow: number];
  readonly right?: readonly [stable: boolean, shadow: boolean];
  readonly latenciesMs?: readonly [stable: number, shadow: number];
}

export class PairBook {
  private readonly units: Book['units'] = new Map();

  constructor(private readonly stage = 0) {}

  window(index: number, pairs: readonly Pair[], changes: Partial<Evidence> = {}): WholeWindow {
    const book = { ...openBook(), units: this.units };
    for (const pair of pairs) this.add(book, pair);
    const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 12) + second * 1_000).toISOString();
    const window = { index, from: at(index), to: at(index + 1), rows: book.rows.size };
    const rows = [...book.rows.values()].map(({ key, sums }): Evidence => {
      const [metric = '', output] = key.metric.split(':');
      const bins = sums.histogram ? { bins: { edges: [0.25, 0.5, 0.75] } } : {};
      const told = { ...key, metric, ...(output === undefined ? {} : { output }), weights: { ...key.weights } };
      return buildEvidence({
        source: 'comparator',
        ...told,
        ...toldSums(sums),
        ...bins,
        window,
        final: true,
        ...changes,
      });
    });
    return { index, to: window.to, rows };
  }

  private add(book: Book, { candidate = 'v2', unit, segment = '', ...pair }: Pair): void {
    const of = (arm: string, other: string): Exposure => ({
      ...{ stage: this.stage, step: 0, epoch: 1, period: 0, segment: segment === '' ? null : segment, arm },
      weights: { [arm]: 10_000, [other]: 0 },
      unit: unit === undefined ? undefined : `${arm} beside ${other} ${unit}`,
    });
    const [shadow, stable] = [of(candidate, 'v1'), of('v1', candidate)];
    const failed = pair.agrees === undefined;
    const [stableMs, shadowMs] = pair.latenciesMs ?? [5, 5];
    const count = (exposure: Exposure, metric: string, after: number) =>
      countValue(book, exposure, { metric, before: undefined, after });
    count({ ...shadow, unit: undefined }, failed ? 'result.failed.error' : 'result.compared', 1);
    countPrediction(book, shadow, { failed, clientError: false, latencyMs: shadowMs });
    countPrediction(book, stable, { failed: false, clientError: false, latencyMs: stableMs });
    count(shadow, 'error-difference', Number(failed));
    if (failed) return;
    count(shadow, 'latency-ratio', Math.log(shadowMs / stableMs));
    count(shadow, 'agreement', Number(pair.agrees));
    count(shadow, 'agreement:label', Number(pair.agrees));
    if (pair.difference !== undefined) count(shadow, 'difference:score', pair.difference);
    if (pair.bins) {
      countItems(book, { ...stable, unit: undefined }, 'distribution:score', [pair.bins[0]]);
      countItems(book, { ...shadow, unit: undefined }, 'distribution:score', [pair.bins[1]]);
    }
    if (!pair.right) return;
    count(stable, 'right:correct', Number(pair.right[0]));
    count(shadow, 'right:correct', Number(pair.right[1]));
    count(shadow, 'right-difference:correct', Number(pair.right[1]) - Number(pair.right[0]));
  }
}
