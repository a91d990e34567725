// What is read from outside: exemplars, and what a rollout's comparisons add up to.
import { type DataSource } from 'typeorm';
import { driftsOf, type OutputDrift } from '../../domain/output-drift';
import { reportLoad, type LoadBucket, type LoadReport } from '../../domain/load';
import { type Profile } from '../../domain/profile';
import { readExemplars, readFlips, readTotals } from './comparator.sql';
import { readAllProfiles, readLoads } from './truth.sql';

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
  /** What it was offered and took. */
  load: LoadReport;
  /** By output, in total and by segment. */
  drift: readonly OutputDrift[];
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
      const tally = found.get(key) ?? {
        attempt,
        stage,
        shadow,
        counts: {},
        flips: [],
        load: reportLoad([]),
        drift: [],
      };
      found.set(key, tally);
      return tally;
    };
    for (const row of totals) tallyOf(row).counts[row.counted] = row.total;
    for (const { output, from, to, count, ...of } of flips) tallyOf(of).flips.push({ output, from, to, count });
    for (const [of, buckets] of await this.loads(rollout)) tallyOf(of).load = reportLoad(buckets);
    for (const [of, profile] of await this.profiles(rollout)) tallyOf(of).drift = driftsOf(profile);
    return [...found.values()];
  }

  private async loads(rollout: string): Promise<[Of, LoadBucket[]][]> {
    const found = new Map<string, [Of, LoadBucket[]]>();
    for (const row of await this.dataSource.query<(Of & LoadBucket)[]>(readLoads, [rollout])) {
      const key = `${row.attempt}/${row.stage}/${row.shadow}`;
      const known = found.get(key);
      if (known) known[1].push(row);
      else found.set(key, [row, [row]]);
    }
    return [...found.values()];
  }

  private async profiles(rollout: string): Promise<[Of, Profile][]> {
    const rows = await this.dataSource.query<{ attempt: number; id: string; document: Profile }[]>(readAllProfiles, [
      rollout,
    ]);
    return rows.map(({ attempt, id, document }) => {
      const at = id.indexOf('/');
      return [{ attempt, stage: Number(id.slice(0, at)), shadow: id.slice(at + 1) }, document];
    });
  }
}
