// What is read from outside: exemplars, and what a rollout's comparisons add up to.
import { type DataSource } from 'typeorm';
import { readExemplars, readFlips, readTotals } from './comparator.sql';

export interface ExemplarFilter {
  readonly rollout: string;
  readonly attempt?: number | undefined;
  readonly stage?: number | undefined;
  readonly shadow?: string | undefined;
  readonly kind?: string | undefined;
  readonly limit: number;
}

export interface KeptExemplar {
  readonly attempt: number;
  readonly stage: number;
  readonly shadow: string;
  readonly kind: string;
  readonly predictionId: string;
  readonly document: unknown;
}

/** Of one shadow in one stage: how often each result and verdict came, and how labels went over. */
export interface Tally {
  readonly attempt: number;
  readonly stage: number;
  readonly shadow: string;
  readonly counts: Record<string, number>;
  readonly flips: { readonly output: string; readonly from: string; readonly to: string; readonly count: number }[];
}

export interface Reads {
  exemplars(filter: ExemplarFilter): Promise<readonly KeptExemplar[]>;
  tallies(rollout: string): Promise<readonly Tally[]>;
}

type Of = Pick<Tally, 'attempt' | 'stage' | 'shadow'>;

export class PostgresReads implements Reads {
  constructor(private readonly dataSource: DataSource) {}

  exemplars({ rollout, attempt, stage, shadow, kind, limit }: ExemplarFilter): Promise<readonly KeptExemplar[]> {
    return this.dataSource.query<KeptExemplar[]>(readExemplars, [
      rollout,
      attempt ?? null,
      stage ?? null,
      shadow ?? null,
      kind ?? null,
      limit,
    ]);
  }

  async tallies(rollout: string): Promise<readonly Tally[]> {
    const totals = await this.dataSource.query<(Of & { counted: string; total: number })[]>(readTotals, [rollout]);
    const flips = await this.dataSource.query<(Of & Tally['flips'][number])[]>(readFlips, [rollout]);
    const found = new Map<string, Tally>();
    const tallyOf = ({ attempt, stage, shadow }: Of): Tally => {
      const key = `${attempt}/${stage}/${shadow}`;
      const tally = found.get(key) ?? { attempt, stage, shadow, counts: {}, flips: [] };
      found.set(key, tally);
      return tally;
    };
    for (const row of totals) tallyOf(row).counts[row.counted] = row.total;
    for (const { output, from, to, count, ...of } of flips) tallyOf(of).flips.push({ output, from, to, count });
    return [...found.values()];
  }
}
