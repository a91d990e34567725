// GET /api/v1/predictions/{predictionId} and GET /api/v1/tallies
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { withDatabase } from '@weir/bus';
import { name, predictionId } from '@weir/contracts';
import { parsePath, parseQuery, Roles } from '@weir/service';
import { z } from 'zod';
import { type Decision } from '../../domain/decision';
import { type Tallies } from '../../domain/tally';
import { type Reads } from '../../ports';
import { UnknownPredictionError } from './errors';
import { presentOutcome, type PresentedOutcome } from './present-outcome';

export const READS = Symbol('reads');

const talliesQuery = z.strictObject({ model: name.optional() });

@Controller('api/v1')
export class RecordsController {
  constructor(@Inject(READS) private readonly reads: Reads) {}

  @Get('predictions/:predictionId')
  @Roles('viewer')
  async prediction(
    @Param('predictionId', parsePath(predictionId)) id: string,
  ): Promise<{ predictionId: string; prediction: Decision | null; outcomes: PresentedOutcome[] }> {
    const [prediction, outcomes] = await withDatabase(() =>
      Promise.all([this.reads.prediction(id), this.reads.outcomes(id)]),
    );
    if (!prediction && outcomes.length === 0) throw new UnknownPredictionError();
    return { predictionId: id, prediction: prediction ?? null, outcomes: outcomes.map(presentOutcome) };
  }

  @Get('tallies')
  @Roles('viewer')
  tallies(@Query(parseQuery(talliesQuery)) query: z.infer<typeof talliesQuery>): Promise<Tallies> {
    return withDatabase(() => this.reads.tallies(query.model));
  }
}
