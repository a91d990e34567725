// GET /api/v1/shadowed: whether a shadow answered a prediction as the version did that served, and whether it was right.
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { withDatabase } from '@weir/bus';
import { shadowedQuery, type ShadowedPredictions, type ShadowedQuery } from '@weir/contracts';
import { parseQuery, Roles } from '@weir/service';
import { type ShadowedReads } from '../postgres/postgres-shadowed';

export const SHADOWED = Symbol('shadowed');

@Controller('api/v1')
export class ShadowedController {
  constructor(@Inject(SHADOWED) private readonly reads: ShadowedReads) {}

  @Get('shadowed')
  @Roles('viewer')
  shadowed(@Query(parseQuery(shadowedQuery)) query: ShadowedQuery): Promise<ShadowedPredictions> {
    return withDatabase(() => this.reads.shadowed(query));
  }
}
