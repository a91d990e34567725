// GET /api/v1/exemplars?rollout= and GET /api/v1/comparisons/{rollout}
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { withDatabase } from '@weir/bus';
import { exemplarsQuery, rolloutId, type ExemplarsQuery } from '@weir/contracts';
import { parsePath, parseQuery, Roles } from '@weir/service';
import { type KeptExemplar, type Reads, type Tally } from '../postgres/postgres-reads';

export const READS = Symbol('reads');

@Controller('api/v1')
export class ComparisonsController {
  constructor(@Inject(READS) private readonly reads: Reads) {}

  @Get('exemplars')
  @Roles('viewer')
  async exemplars(
    @Query(parseQuery(exemplarsQuery)) query: ExemplarsQuery,
  ): Promise<{ exemplars: readonly KeptExemplar[] }> {
    return { exemplars: await withDatabase(() => this.reads.exemplars(query)) };
  }

  @Get('comparisons/:rollout')
  @Roles('viewer')
  async comparisons(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
  ): Promise<{ rollout: string; stages: readonly Tally[] }> {
    return { rollout, stages: await withDatabase(() => this.reads.tallies(rollout)) };
  }
}
