// How Weir counts (and, to come, decides). Pure.
export { overlapWeight, type Weights } from './counting/overlap-weight';
export { fastestBin, latencyBin, latencyEdgesMs, slowestBin } from './counting/latency-bins';
export { fromFixed, multiplyFixed, toFixed, type Fixed } from './counting/fixed-point';
export {
  addSums,
  emptySums,
  packSums,
  toldSums,
  unpackSums,
  type Exclusion,
  type ScopeSums,
  type Sums,
  type UnitSums,
} from './counting/sums';
export { type UnitState, type UnitTotal } from './counting/unit-state';
export { packUnit, unpackUnit, type PackedUnit } from './counting/packed-unit';
export { openBook, rowId, type Book, type Exposure, type Past, type Row, type RowKey } from './counting/book';
export { countLeft } from './counting/count-stages';
export {
  countExcluded,
  countItems,
  countPart,
  countPrediction,
  countValue,
  type PartChange,
  type Served,
  type ValueChange,
} from './counting/count';
export {
  acceptanceThreshold,
  splitAlpha,
  type BinaryTest,
  type DifferenceMargin,
  type ErrorsTest,
  type GuardrailPlan,
  type GuardrailTest,
  type LatencyTest,
  type NumericTest,
} from './guardrail-plan';
export { type EvidenceRow, type FirstSums, type UnitTotals } from './evidence-row';
export { addUnitTotals, noUnitTotals } from './unit-totals';
export { foldWindow, openGuardrail, type Breach, type GuardrailState } from './guardrail';
export { judgeGuardrail, type ArmCounts, type GuardrailVerdict } from './verdict';
export { foldLimit, openLimit, type LimitState } from './limit-guardrail';
export { judgeLimit } from './judge-limit';
export {
  foldSampleRatio,
  judgeSampleRatio,
  openSampleRatio,
  type SampleRatioPlan,
  type SampleRatioState,
  type SampleRatioVerdict,
} from './sample-ratio';
export { foldExperiment, openExperiment, type ExperimentState } from './experiment';
export { type ExperimentPlan, type Goal, type GoalKind } from './experiment-plan';
export { judgeExperiment, mayStillLead, type GoalComparison } from './judge-experiment';
export {
  foldStageRatios,
  judgeStageRatios,
  openStageRatios,
  type StageRatios,
  type StageRatiosPlan,
} from './experiment-ratios';
export { judgeStages, sampleRatioStages, type SampleRatioStage, type StagesVerdict } from './sample-ratio-stages';
export { type ArmPair } from './mean-sequence';
export { ratioMean, type Estimate, type RatioMean } from './contrast';
export { meansTest, proportionsTest, type FixedResult, type Interval } from './fixed-horizon';
export { relativeLift } from './relative-lift';
export { adjustByCovariate, adjustedLift, type AdjustedMean, type Adjustment } from './covariate-adjustment';
export { benjaminiHochberg, holm } from './multiple-comparisons';
export {
  chanceToWin,
  credibleInterval,
  expectedLoss,
  liftPosterior,
  type ExpectedLoss,
  type LiftPosterior,
  type NormalPrior,
} from './lift-posterior';
export { betaChanceToWin, betaExpectedLoss, type BetaPosterior } from './beta-comparison';
export {
  breakDown,
  type BrokenDown,
  type Heterogeneity,
  type SegmentArm,
  type SegmentEffect,
  type SegmentTotals,
} from './break-down';
export { dailySeries, type Day, type DayEffect, type DaySums, type Series } from './daily-series';
export { type Calculated, type Refusal } from './calculated';
export { guardrailCalculator, type GuardrailAnswer, type GuardrailQuestion } from './calculate-guardrail';
export { srmCalculator, type SampleRatioAnswer, type SampleRatioQuestion } from './calculate-sample-ratio';
export { type Alternative, type ArmsQuestion, type MeanArm, type ProportionArm } from './compared-arms';
export {
  sequentialCalculator,
  type SequentialAnswer,
  type SequentialQuestion,
  type SequentialResult,
} from './calculate-sequential';
export {
  twoSampleCalculator,
  type TwoSampleAnswer,
  type TwoSampleComparison,
  type TwoSampleQuestion,
} from './calculate-two-sample';
export { binItem, binsOf, cutBins, type Bins } from './drift/frozen-bins';
export { measureDrift, type MeasuredDrift } from './measure-drift';
export {
  driftCalculator,
  type DriftAnswer,
  type DriftMethod,
  type DriftQuestion,
  type DriftSample,
} from './calculate-drift';
export { powerCalculator, type PowerAnswer } from './calculate-power';
export { type PowerQuestion } from './power-question';
export { type PlannedBaseline } from './power';
export { planCanary, planCanarySlices } from './plan-canary';
export {
  planPairs,
  type PairsPlan,
  type PairsQuestion,
  type PlannedPairTest,
  type QuestionedPairTest,
} from './plan-pairs';
export {
  type CanaryPlan,
  type CanaryQuestion,
  type PlannedDetection,
  type PlannedStep,
  type Spread,
} from './plan-question';
export { type Imagined } from './plan-evidence';
export { addPairTotals, noPairTotals, type PairTotals } from './pair-totals';
export { type PairTest } from './pair-test';
export {
  breachOf,
  intervalOf,
  judgePairs,
  segmentShare,
  type PairBreach,
  type PairLimits,
  type PairNumbers,
} from './judge-pairs';
// the tools of these, for libs/bandits
export { estimate } from './contrast';
export { halfWidth, tuning } from './confidence-sequence';
export { firstBroken, type Rule } from './calculated';
export { logBetaTails, type LogTails } from './numerics/beta-tails';
export { chiSquareTail } from './numerics/gamma-tail';
export { gaussNodes, type Node } from './numerics/gauss-legendre';
export { logBeta, stirlingError } from './numerics/log-gamma';
export { normalTail } from './numerics/normal-tail';
export { rootBetween } from './numerics/root';
export { studentTail } from './numerics/student-tail';
