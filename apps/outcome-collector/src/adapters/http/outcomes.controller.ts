// POST /api/v1/outcomes
import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { withDatabase } from '@weir/bus';
import { reportOutcomesBody, type ReportOutcomesAnswer } from '@weir/contracts';
import { parseBody, Roles } from '@weir/service';
import { type z } from 'zod';
import { ReportOutcomes } from '../../report-outcome';
import { InvalidKeyError, KeyReusedError } from './errors';

@Controller('api/v1/outcomes')
export class OutcomesController {
  constructor(private readonly outcomes: ReportOutcomes) {}

  @Post()
  @HttpCode(202)
  @Roles('producer')
  async report(
    @Body(parseBody(reportOutcomesBody)) body: z.infer<typeof reportOutcomesBody>,
    @Headers('idempotency-key') key?: string,
  ): Promise<ReportOutcomesAnswer> {
    if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) throw new InvalidKeyError();
    const reported = await withDatabase(() => this.outcomes.report(body.outcomes, key));
    if (reported.kind === 'key-reused') throw new KeyReusedError();
    return reported.answer;
  }
}
