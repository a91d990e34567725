// The routes of those who explore the evidence of an experiment: by segment, by day, and all of it as CSV.
import { Controller, Param, Query, Res } from '@nestjs/common';
import {
  breakdownView,
  explorationQuery,
  exportQuery,
  seriesView,
  type BreakdownView,
  type SeriesView,
} from '@weir/contracts';
import { parseQuery } from '@weir/service';
import { Readable } from 'node:stream';
import { type z } from 'zod';
import { DescribeBreakdown } from '../../describe-breakdown';
import { DescribeSeries } from '../../describe-series';
import { ExportEvidence } from '../../export-evidence';
import { Route } from './route';

type Asked = z.infer<typeof explorationQuery>;

interface StreamReply {
  header(name: string, value: string): StreamReply;
  send(body: Readable): unknown;
}

@Controller()
export class ExplorationController {
  constructor(
    private readonly describeBreakdown: DescribeBreakdown,
    private readonly describeSeries: DescribeSeries,
    private readonly exportEvidence: ExportEvidence,
  ) {}

  @Route({
    method: 'get',
    path: '/api/v1/rollouts/:id/breakdown',
    access: 'viewer',
    summary: 'The effect of each candidate in each segment, with what so many comparisons must be read with.',
    query: explorationQuery,
    answers: { 200: breakdownView },
  })
  breakdown(@Param('id') id: string, @Query(parseQuery(explorationQuery)) query: Asked): Promise<BreakdownView> {
    return this.describeBreakdown.of(id, query);
  }

  @Route({
    method: 'get',
    path: '/api/v1/rollouts/:id/series',
    access: 'viewer',
    summary: 'The effect of each candidate day by day: a novelty wears off.',
    query: explorationQuery,
    answers: { 200: seriesView },
  })
  series(@Param('id') id: string, @Query(parseQuery(explorationQuery)) query: Asked): Promise<SeriesView> {
    return this.describeSeries.of(id, query);
  }

  @Route({
    method: 'get',
    path: '/api/v1/rollouts/:id/evidence.csv',
    access: 'viewer',
    summary: 'All rows of evidence of an attempt, the present one by default, in the order of the table.',
    query: exportQuery,
    answers: { 200: 'text/csv with a header; the sums are named as in the evidence' },
  })
  async csv(
    @Param('id') id: string,
    @Query(parseQuery(exportQuery)) { attempt }: z.infer<typeof exportQuery>,
    @Res() reply: StreamReply,
  ): Promise<void> {
    const found = await this.exportEvidence.of(id, attempt);
    reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="evidence-${found.attempt}.csv"`)
      .send(Readable.from(found.text));
  }
}
