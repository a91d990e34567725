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

export const Calculates = (name: string, summary: string, body: z.ZodType, answer: z.ZodType) =>
  Route({
    method: 'post',
    path: `/api/v1/analysis/${name}`,
    access: 'viewer',
    summary,
    body,
    answers: { 200: answer },
  });

@Controller()
export class AnalysisController {
  @Calculates(
    'guardrail',
    'The evidence in errors of candidate and stable that the candidate errs more than the margin allows.',
    guardrailQuestion,
    guardrailAnswer,
  )
  guardrail(@Body(parseBody(guardrailQuestion)) question: z.infer<typeof guardrailQuestion>): unknown {
    return answerOf(guardrailCalculator(question));
  }

  @Calculates(
    'srm',
    'Whether units came to the arms in the shares that their weights say.',
    sampleRatioQuestion,
    sampleRatioAnswer,
  )
  sampleRatio(@Body(parseBody(sampleRatioQuestion)) question: z.infer<typeof sampleRatioQuestion>): unknown {
    return answerOf(srmCalculator(question));
  }

  @Calculates(
    'sequential',
    'Differences to a baseline with intervals that hold at every look.',
    sequentialQuestion,
    sequentialAnswer,
  )
  sequential(@Body(parseBody(sequentialQuestion)) question: z.infer<typeof sequentialQuestion>): unknown {
    return answerOf(sequentialCalculator(question));
  }

  @Calculates(
    'two-sample',
    'Differences to a baseline at the end of an experiment, looked at once.',
    twoSampleQuestion,
    twoSampleAnswer,
  )
  twoSample(@Body(parseBody(twoSampleQuestion)) question: z.infer<typeof twoSampleQuestion>): unknown {
    return answerOf(twoSampleCalculator(question));
  }

  @Calculates(
    'power',
    'Of the size, the power and the effect of an experiment, the one that is missing.',
    powerQuestion,
    powerAnswer,
  )
  power(@Body(parseBody(powerQuestion)) question: z.infer<typeof powerQuestion>): unknown {
    return answerOf(powerCalculator(question));
  }

  @Calculates('drift', 'How far the distribution of a value has moved from a reference.', driftQuestion, driftAnswer)
  drift(@Body(parseBody(driftQuestion)) question: z.infer<typeof driftQuestion>): unknown {
    return answerOf(driftCalculator(question));
  }
}

/** @throws InvalidInputError naming the field that makes an answer impossible. */
export function answerOf<T>(calculated: Calculated<T>): T {
  if (calculated.ok) return calculated.answer;
  const parts = calculated.field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  throw new InvalidInputError('invalid-body', [{ path: formatPath(parts), message: calculated.message }]);
}
