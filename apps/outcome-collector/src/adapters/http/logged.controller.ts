// GET /api/v1/logged: predictions with the probability of their choice and what came of them, for those who ask what another choice would have earned.
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { withDatabase } from '@weir/bus';
import { loggedQuery, type LoggedPredictions, type LoggedQuery } from '@weir/contracts';
import { parseQuery, Roles } from '@weir/service';
import { type LoggedReads } from '../../ports';
import { UnknownMetricError } from './errors';

export const LOGGED = Symbol('logged');

@Controller('api/v1')
export class LoggedController {
  constructor(@Inject(LOGGED) private readonly reads: LoggedReads) {}

  @Get('logged')
  @Roles('viewer')
  async logged(@Query(parseQuery(loggedQuery)) query: LoggedQuery): Promise<LoggedPredictions> {
    const found = await withDatabase(() => this.reads.logged(query));
    if (!found) throw new UnknownMetricError();
    return found;
  }
}
