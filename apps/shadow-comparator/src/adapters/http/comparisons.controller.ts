// GET /api/v1/exemplars?rollout= and GET /api/v1/comparisons/{rollout}
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { name } from '@weir/contracts';
import { parsePath, parseQuery, Roles } from '@weir/service';
import { z } from 'zod';
import { type KeptExemplar, type Reads, type Tally } from '../postgres/postgres-reads';
import { withDatabase } from './errors';

export const READS = Symbol('reads');

const rolloutId = z.string().min(1).max(128);
const exemplarsQuery = z.strictObject({
  rollout: rolloutId,
  attempt: z.coerce.number().int().min(1).optional(),
  stage: z.coerce.number().int().min(0).optional(),
  shadow: name.optional(),
  /** As `kind` of an exemplar says it: `label: label`. */
  kind: z.string().min(1).max(300).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

@Controller('api/v1')
export class ComparisonsController {
  constructor(@Inject(READS) private readonly reads: Reads) {}

  @Get('exemplars')
  @Roles('viewer')
  async exemplars(
    @Query(parseQuery(exemplarsQuery)) query: z.infer<typeof exemplarsQuery>,
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
