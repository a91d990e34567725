// The calculators behind the decisions, for anyone's numbers: stateless, and the same functions that rollouts are judged by.
import { Body, Controller } from '@nestjs/common';
import {
  driftAnswer,
  driftQuestion,
  formatPath,
  guardrailAnswer,
  guardrailQuestion,
  powerAnswer,
  powerQuestion,
  sampleRatioAnswer,
  sampleRatioQuestion,
  sequentialAnswer,
  sequentialQuestion,
  twoSampleAnswer,
  twoSampleQuestion,
} from '@weir/contracts';
import { InvalidInputError, parseBody } from '@weir/service';
import {
  driftCalculator,
  guardrailCalculator,
  powerCalculator,
  sequentialCalculator,
  srmCalculator,
  twoSampleCalculator,
  type Calculated,
} from '@weir/stats';
import { type z } from 'zod';
import { Route } from './route';

@Controller()
export class AnalysisController {
  @Route({
    method: 'post',
    path: '/api/v1/analysis/guardrail',
    access: 'viewer',
    summary: 'The evidence in errors of candidate and stable that the candidate errs more than the margin allows.',
    body: guardrailQuestion,
    answers: { 200: guardrailAnswer },
  })
  guardrail(@Body(parseBody(guardrailQuestion)) question: z.infer<typeof guardrailQuestion>): unknown {
    return answerOf(guardrailCalculator(question));
  }

  @Route({
    method: 'post',
    path: '/api/v1/analysis/srm',
    access: 'viewer',
    summary: 'Whether units came to the arms in the shares that their weights say.',
    body: sampleRatioQuestion,
    answers: { 200: sampleRatioAnswer },
  })
  sampleRatio(@Body(parseBody(sampleRatioQuestion)) question: z.infer<typeof sampleRatioQuestion>): unknown {
    return answerOf(srmCalculator(question));
  }

  @Route({
    method: 'post',
    path: '/api/v1/analysis/sequential',
    access: 'viewer',
    summary: 'Differences to a baseline with intervals that hold at every look.',
    body: sequentialQuestion,
    answers: { 200: sequentialAnswer },
  })
  sequential(@Body(parseBody(sequentialQuestion)) question: z.infer<typeof sequentialQuestion>): unknown {
    return answerOf(sequentialCalculator(question));
  }

  @Route({
    method: 'post',
    path: '/api/v1/analysis/two-sample',
    access: 'viewer',
    summary: 'Differences to a baseline at the end of an experiment, looked at once.',
    body: twoSampleQuestion,
    answers: { 200: twoSampleAnswer },
  })
  twoSample(@Body(parseBody(twoSampleQuestion)) question: z.infer<typeof twoSampleQuestion>): unknown {
    return answerOf(twoSampleCalculator(question));
  }

  @Route({
    method: 'post',
    path: '/api/v1/analysis/power',
    access: 'viewer',
    summary: 'Of the size, the power and the effect of an experiment, the one that is missing.',
    body: powerQuestion,
    answers: { 200: powerAnswer },
  })
  power(@Body(parseBody(powerQuestion)) question: z.infer<typeof powerQuestion>): unknown {
    return answerOf(powerCalculator(question));
  }

  @Route({
    method: 'post',
    path: '/api/v1/analysis/drift',
    access: 'viewer',
    summary: 'How far the distribution of a value has moved from a reference.',
    body: driftQuestion,
    answers: { 200: driftAnswer },
  })
  drift(@Body(parseBody(driftQuestion)) question: z.infer<typeof driftQuestion>): unknown {
    return answerOf(driftCalculator(question));
  }
}

/** @throws InvalidInputError naming the field that makes an answer impossible. */
function answerOf<T>(calculated: Calculated<T>): T {
  if (calculated.ok) return calculated.answer;
  const parts = calculated.field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  throw new InvalidInputError('invalid-body', [{ path: formatPath(parts), message: calculated.message }]);
}
