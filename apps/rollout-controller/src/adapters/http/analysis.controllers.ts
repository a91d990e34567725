// The calculators behind the decisions, for anyone's numbers: stateless, and the same functions that rollouts are judged by.
import { Body, Controller, type Type } from '@nestjs/common';
import { banditWeightsCalculator, offPolicyCalculator } from '@weir/bandits';
import {
  banditWeightsAnswer,
  banditWeightsQuestion,
  driftAnswer,
  driftQuestion,
  formatPath,
  guardrailAnswer,
  guardrailQuestion,
  offPolicyAnswer,
  offPolicyQuestion,
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

interface Calculator<Question> {
  readonly name: string;
  readonly summary: string;
  readonly question: z.ZodType<Question>;
  readonly answer: z.ZodType;
  readonly calculate: (question: Question) => Calculated<unknown>;
}

export const analysisControllers: readonly Type[] = [
  controllerOf({
    name: 'guardrail',
    summary: 'The evidence in errors of candidate and stable that the candidate errs more than the margin allows.',
    question: guardrailQuestion,
    answer: guardrailAnswer,
    calculate: guardrailCalculator,
  }),
  controllerOf({
    name: 'srm',
    summary: 'Whether units came to the arms in the shares that their weights say.',
    question: sampleRatioQuestion,
    answer: sampleRatioAnswer,
    calculate: srmCalculator,
  }),
  controllerOf({
    name: 'sequential',
    summary: 'Differences to a baseline with intervals that hold at every look.',
    question: sequentialQuestion,
    answer: sequentialAnswer,
    calculate: sequentialCalculator,
  }),
  controllerOf({
    name: 'two-sample',
    summary: 'Differences to a baseline at the end of an experiment, looked at once.',
    question: twoSampleQuestion,
    answer: twoSampleAnswer,
    calculate: twoSampleCalculator,
  }),
  controllerOf({
    name: 'power',
    summary: 'Of the size, the power and the effect of an experiment, the one that is missing.',
    question: powerQuestion,
    answer: powerAnswer,
    calculate: powerCalculator,
  }),
  controllerOf({
    name: 'drift',
    summary: 'How far the distribution of a value has moved from a reference.',
    question: driftQuestion,
    answer: driftAnswer,
    calculate: driftCalculator,
  }),
  controllerOf({
    name: 'bandit-weights',
    summary: 'How a bandit would share the traffic, given what is believed of its arms.',
    question: banditWeightsQuestion,
    answer: banditWeightsAnswer,
    calculate: banditWeightsCalculator,
  }),
  controllerOf({
    name: 'off-policy',
    summary: 'What another allocation would have earned on logged predictions, and whether they can say so.',
    question: offPolicyQuestion,
    answer: offPolicyAnswer,
    calculate: offPolicyCalculator,
  }),
];

function controllerOf<Question>({ name, summary, question, answer, calculate }: Calculator<Question>): Type {
  @Controller()
  class CalculatorController {
    @Route({
      ...{ method: 'post', path: `/api/v1/analysis/${name}`, access: 'viewer', summary },
      ...{ body: question, answers: { 200: answer } },
    })
    ask(@Body(parseBody(question)) asked: Question): unknown {
      return answerOf(calculate(asked));
    }
  }
  return CalculatorController;
}

/** @throws InvalidInputError naming the field that makes an answer impossible. */
function answerOf<T>(calculated: Calculated<T>): T {
  if (calculated.ok) return calculated.answer;
  const parts = calculated.field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  throw new InvalidInputError('invalid-body', [{ path: formatPath(parts), message: calculated.message }]);
}
