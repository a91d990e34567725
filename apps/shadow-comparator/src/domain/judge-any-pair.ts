// A pair whatever its answers are: one that nests deeper than this process can follow is no answer.
import { judgePair, skipped, type Comparison, type Pair } from './comparison';
import { textOf } from './json-text';
import { type PairPlan } from './pair-plan';
import { type ShadowAnswer } from './shadow-answer';

export function judgeAnyPair(pair: Pair, plan: Extract<PairPlan, { kind: 'ask' }>, answer: ShadowAnswer): Comparison {
  try {
    return judgePair(pair, plan, answer);
  } catch (error) {
    if (!(error instanceof RangeError) || answer.kind !== 'answered') throw error;
    // whose it is says who can be followed alone
    if (textOf(pair.event.capture?.response) === undefined) return skipped(pair, 'no-answer-captured');
    return judgePair(pair, plan, { ...answer, text: 'nested too deep to be read' });
  }
}
