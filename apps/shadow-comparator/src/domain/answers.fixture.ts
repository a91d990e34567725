// Answers for specs, as servers of the Open Inference Protocol write them.
import { compareRules, type CompareRules } from '@weir/contracts';
import { compareAnswers, prepareRules, type ComparedAnswers } from './compare-answers';
import { type Protocol } from './decode-answer';

export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

export function tensor(name: string, data: readonly unknown[], some: Partial<Tensor> = {}): Tensor {
  const datatype = typeof data[0] === 'string' ? 'BYTES' : 'FP64';
  return { name, datatype, shape: [data.length], data, ...some };
}

export const answer = (...outputs: readonly Tensor[]): unknown => ({ model_name: 'm', id: 'x', outputs });

export const rulesOf = (rules: object): CompareRules => compareRules.parse(rules);

export function compare(
  stable: unknown,
  shadow: unknown,
  rules: object = {},
  protocol: Protocol = 'open-inference',
): ComparedAnswers {
  return compareAnswers(stable, shadow, prepareRules(rulesOf(rules), protocol));
}
