// Stages that a service works by, in its own table `stages`: kept after the policy that told of them has moved on, for their predictions still come.
import { type DataSource } from 'typeorm';
import { toJson } from './json-text';

/** $1: stages as JSON. */
const keepStages = `
  insert into stages (rollout, attempt, stage, document)
  select document ->> 'rollout', (document ->> 'attempt')::integer, (document ->> 'stage')::integer, document
  from jsonb_array_elements($1::jsonb) as row (document)
  on conflict (rollout, attempt, stage) do update set document = excluded.document, kept_at = clock_timestamp()`;

const latestStages = 'select document from stages order by kept_at desc limit 1000';

export class KeptStages<Stage extends { rollout: string; attempt: number; stage: number }> {
  constructor(private readonly dataSource: DataSource) {}

  /** The latest thousand. */
  async all(): Promise<readonly Stage[]> {
    return (await this.dataSource.query<{ document: Stage }[]>(latestStages)).map(({ document }) => document);
  }

  async keep(stages: readonly Stage[]): Promise<void> {
    await this.dataSource.query(keepStages, [toJson(stages)]);
  }
}
