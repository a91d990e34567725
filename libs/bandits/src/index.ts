// How a bandit learns: posteriors, allocation, when to stop, what another allocation would have earned. Pure.
export {
  posteriorMean,
  upperTail,
  type BetaBelief,
  type Direction,
  type GammaBelief,
  type NormalBelief,
  type Posterior,
  type StudentBelief,
} from './posterior';
export { probabilityBest } from './probability-best';
export { topTwoWeights } from './top-two';
export { withCaps, withFloor, withStep } from './bound-weights';
export { toBasisPoints } from './basis-points';
export { defaultExploration, epsilonAfter, epsilonGreedyWeights, type Exploration } from './epsilon-greedy';
export {
  addRewards,
  bucketOf,
  decay,
  discounted,
  isForgotten,
  noRewards,
  rewardSums,
  type Buckets,
  type DiscountedSums,
  type RewardSums,
} from './buckets';
export { learn, rewardChanges, type BanditState, type Outcome, type RewardChange } from './bandit-state';
export { posteriorsOf, type Likelihood } from './arm-posterior';
export { allocate, type Allocation, type AllocationPlan, type ArmStanding } from './allocate';
export {
  addClaims,
  claimedMean,
  claimSums,
  contrastsOf,
  noClaims,
  type ClaimedContrast,
  type ClaimSums,
  type ContrastPlan,
} from './claims';
export { valueRemaining } from './value-remaining';
export { judgeStop, type StopPlan, type StopVerdict } from './judge-stop';
export { contextKey, featureCount, featureVector, type Feature } from './features';
export {
  addContextSums,
  contextChange,
  discountedRegression,
  learnInContext,
  type ContextBuckets,
  type ContextChange,
  type ContextOutcome,
  type ContextPlan,
  type ContextState,
  type ContextSums,
} from './context-state';
export { allocateInContext, type ContextAllocation } from './allocate-in-context';
export { compileSquareCb, contextWeights, squareCbWeights, type CompiledContext, type SquareCbPlan } from './square-cb';
export { evaluateOffPolicy, type Estimates, type LoggedRow, type OffPolicyEstimate } from './off-policy';
export { crossFit, type CrossFitPlan, type LoggedDecision } from './cross-fit';
export {
  banditWeightsCalculator,
  type BanditWeightsAnswer,
  type BanditWeightsQuestion,
  type BetaArm,
  type NormalArm,
} from './calculate-bandit-weights';
export { offPolicyCalculator, type OffPolicyAnswer, type OffPolicyQuestion } from './calculate-off-policy';
// for simulations: what Weir does not decide by, but is measured against
export { betaDraw, gammaDraw, normalDraw, randomFrom, type Random } from './simulation/random';
export { chernoffIndex, softmaxWeights, ucb1Index } from './simulation/index-policies';
export {
  bernoulliDivergence,
  exponentialDivergence,
  gaussianKlUcbIndex,
  klUcbIndex,
  laiRobbinsConstant,
  poissonDivergence,
  quickKlUcbIndex,
  type Divergence,
} from './simulation/kl-ucb';
export {
  epsilonGreedyRule,
  indexRule,
  simulateRegret,
  softmaxRule,
  thompsonDrawsRule,
  thompsonRule,
  type RegretSetting,
  type Rule,
  type Seen,
} from './simulate-regret';
export {
  addRecord,
  fitRidge,
  leverage,
  noRecords,
  predict,
  type LinearModel,
  type RegressionSums,
} from './linear/ridge';
export { linearThompsonDraw, linUcbIndex } from './linear/lin-ucb';
