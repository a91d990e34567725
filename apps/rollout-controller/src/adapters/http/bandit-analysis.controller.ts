// The calculators of bandits, for anyone's numbers: stateless, and the same functions that allocate traffic.
import { Body, Controller } from '@nestjs/common';
import { banditWeightsCalculator, offPolicyCalculator } from '@weir/bandits';
import { banditWeightsAnswer, banditWeightsQuestion, offPolicyAnswer, offPolicyQuestion } from '@weir/contracts';
import { parseBody } from '@weir/service';
import { type z } from 'zod';
import { answerOf, Calculates } from './analysis.controller';

@Controller()
export class BanditAnalysisController {
  @Calculates(
    'bandit-weights',
    'How a bandit would share the traffic, given what is believed of its arms.',
    banditWeightsQuestion,
    banditWeightsAnswer,
  )
  banditWeights(@Body(parseBody(banditWeightsQuestion)) question: z.infer<typeof banditWeightsQuestion>): unknown {
    return answerOf(banditWeightsCalculator(question));
  }

  @Calculates(
    'off-policy',
    'What another allocation would have earned on logged predictions, and whether they can say so.',
    offPolicyQuestion,
    offPolicyAnswer,
  )
  offPolicy(@Body(parseBody(offPolicyQuestion)) question: z.infer<typeof offPolicyQuestion>): unknown {
    return answerOf(offPolicyCalculator(question));
  }
}
