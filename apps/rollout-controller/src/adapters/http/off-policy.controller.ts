// POST /api/v1/models/{name}/off-policy
import { Body, Controller, Headers, Inject, Param } from '@nestjs/common';
import { name, offPolicyOrder, offPolicyView, type OffPolicyOrder, type OffPolicyView } from '@weir/contracts';
import { parseBody, parsePath } from '@weir/service';
import { EvaluateOffPolicy } from '../../evaluate-off-policy';
import { type Owner } from './forwards.controller';
import { Route } from './route';

/** Rows of a log are many, and a collector looks through days of them. */
const patienceMs = 30_000;

@Controller()
export class OffPolicyController {
  constructor(
    @Inject('Collector') private readonly collector: Owner,
    @Inject('Comparator') private readonly comparator: Owner,
    private readonly evaluate: EvaluateOffPolicy,
  ) {}

  @Route({
    method: 'post',
    path: '/api/v1/models/:name/off-policy',
    access: 'viewer',
    summary: 'What another allocation, or a version that only ran in shadow, would have earned on logged predictions.',
    body: offPolicyOrder,
    answers: { 200: offPolicyView },
  })
  offPolicy(
    @Param('name', parsePath(name)) model: string,
    @Body(parseBody(offPolicyOrder)) order: OffPolicyOrder,
    @Headers('authorization') authorization?: string,
  ): Promise<OffPolicyView> {
    return this.evaluate.of(model, order, {
      collector: (path) => this.collector.read(path, authorization, patienceMs),
      comparator: (path) => this.comparator.read(path, authorization, patienceMs),
    });
  }
}
