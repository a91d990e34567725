// Predictions as a log of choices, read from what the collector keeps.
import { type LoggedPredictions, type LoggedQuery, type PolicyPublished } from '@weir/contracts';
import { type DataSource } from 'typeorm';
import { readDecision } from '../../domain/decision-text';
import { loggedPrediction, type OutcomeMetric, type StandingValue } from '../../domain/logged-prediction';
import { type LoggedReads } from '../../ports';
import { now } from './evidence.sql';
import { logged, policyOf } from './logged.sql';

const longestMs = 20_000;
/** A day on either side: a prediction is filed by its id, and clocks differ. */
const dayMs = 86_400_000;

export class PostgresLogged implements LoggedReads {
  constructor(
    private readonly dataSource: DataSource,
    private readonly retentionDays: number,
  ) {}

  async logged(query: LoggedQuery): Promise<LoggedPredictions | undefined> {
    const metric = await this.metricOf(query);
    if (!metric) return undefined;
    return this.dataSource.transaction(async (tx) => {
      await tx.query(`set local statement_timeout = ${longestMs}`);
      const [clock] = await tx.query<{ nowMs: number }[]>(now);
      const nowMs = clock?.nowMs ?? 0;
      const rows = await tx.query<{ document: string; standing: StandingValue[] }[]>(
        logged,
        this.parametersOf(query, nowMs),
      );
      const predictions = rows.flatMap(
        ({ document, standing }) => loggedPrediction(readDecision(document), metric, standing, nowMs) ?? [],
      );
      return { type: metric.type, direction: metric.direction, predictions };
    });
  }

  private async metricOf({ model, metric }: LoggedQuery): Promise<OutcomeMetric | undefined> {
    const [policy] = await this.dataSource.query<{ document: PolicyPublished }[]>(policyOf, [model]);
    const metrics = policy?.document.metrics;
    const definition = metrics && Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
    return definition?.type === 'output' ? undefined : definition;
  }

  private parametersOf({ model, metric, since, until, rollout, limit }: LoggedQuery, nowMs: number): unknown[] {
    const from = Math.max(since === undefined ? 0 : Date.parse(since), nowMs - this.retentionDays * dayMs);
    const to = until === undefined ? nowMs + dayMs : Date.parse(until);
    const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
    const instants = [from, to].map((ms) => new Date(ms).toISOString());
    const inDocument = `"model":${JSON.stringify(model)}`;
    return [inDocument, metric, dayOf(from - dayMs), dayOf(to + dayMs), ...instants, rollout ?? null, limit];
  }
}
