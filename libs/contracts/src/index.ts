// The words that Weir's services and the outside speak.
export { asMade, defineEvent, InvalidEventError, type EventContract } from './define-event';
export { attempt, attributes, basisPoints, instant, name, predictionId, unit, weights } from './identifiers';
export { predictionRequested, type PredictionRequested } from './prediction-requested.v1';
export { predictionServed, type ArmStatus, type Captured, type PredictionServed } from './prediction-served.v1';
export {
  predictionCompared,
  type ComparedOutput,
  type DifferenceKind,
  type PredictionCompared,
} from './prediction-compared.v1';
export { type CompareLimits } from './compare-limits';
export { compareRules, type CompareRules, type Comparison } from './compare-rules';
export { decideBody, predictionDecided, type PredictionDecided } from './prediction-decided.v1';
export { predictionReported, servedReport, type PredictionReported, type ServedReport } from './prediction-reported.v1';
export { outcome, outcomeReported, outcomeValue, type OutcomeReported } from './outcome-reported.v1';
export { outcomeJoined, type OutcomeJoined } from './outcome-joined.v1';
export { evidence, type DistributionBins, type Evidence } from './evidence.v1';
export { exemplarsQuery, rolloutId, type ExemplarsQuery } from './exemplars-query';
export { pairMetrics } from './pair-metrics';
export { builtInMetrics, failureWorth, metric, metrics, ratios, type Metric, type Ratio } from './metric';
export { contextFeatures, contextualWeights, type ContextFeature, type ContextualWeights } from './contextual-weights';
export { when, type Condition, type When } from './when';
export { policyPublished, type PolicyPublished, type PolicySlice, type PolicyVersion } from './policy-published.v1';
export { policyApplied, type PolicyApplied } from './policy-applied.v1';
export { weightsAllocated, type WeightsAllocated } from './weights-allocated.v1';
export { rolloutChanged, rolloutPhase, type RolloutChanged, type RolloutPhase } from './rollout-changed.v1';
export { keyPublished, role, type KeyPublished, type Role } from './key-published.v1';
export { errorBody, formatPath, WeirError, type ErrorBody, type Problem } from './errors';
export { byteSize, duration, share } from './quantities';
export { reportOutcomesAnswer, reportOutcomesBody, type ReportOutcomesAnswer } from './report-outcomes';
export { topicPlans, type TopicPlan } from './topics';
export { serverAuth, type PolicyAuth } from './server-auth';
export { dialledUrl, instanceUrl, serverUrl } from './server-url';
export { agrees } from './agrees';
export { admitSegment, segmentOf } from './segments';
export { keysAt, readJsonPath, type JsonPath, type JsonPathStep } from './json-path';
export { modelManifest, unitList, type ModelManifest } from './model-manifest';
export { rolloutManifest, type RolloutManifest, type Stage } from './rollout-manifest';
export { type Guardrail, type Margin } from './guardrail';
export { type ShadowStage } from './stage-shadow';
export { type BlueGreenStage, type Mirror } from './stage-blue-green';
export { type CanaryStage, type CanaryStep } from './stage-canary';
export { type AbStage } from './stage-ab';
export { type BanditStage } from './stage-bandit';
export { routerView, type RouterView } from './router-answer';
export { type InstanceCount, type RollingStage } from './stage-rolling';
export { type BanditAllocation, type BanditDecision, type BanditView } from './bandit-answer';
export { type Overrides } from './overrides';
export {
  createKey,
  rollbackCommand,
  rolloutAction,
  rolloutCommand,
  type RolloutAction,
  type RolloutCommand,
} from './rollout-command';
export {
  createKeyAnswer,
  keyView,
  listAnswer,
  modelView,
  putModelAnswer,
  type KeyView,
  type ModelView,
} from './model-answer';
export {
  driftAnswer,
  driftQuestion,
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
} from './analysis';
export { banditWeightsAnswer, banditWeightsQuestion, offPolicyAnswer, offPolicyQuestion } from './analysis-bandits';
export { comparisonView, type ComparisonView } from './comparison-answer';
export { experimentDecision, experimentView, type ExperimentDecision, type ExperimentView } from './experiment-answer';
export {
  breakdownView,
  explorationQuery,
  exportQuery,
  seriesView,
  type BreakdownView,
  type ExplorationQuery,
  type SeriesView,
} from './exploration-answer';
export {
  auditLine,
  evidenceView,
  guardrailVerdict,
  rolloutPlan,
  rolloutSummary,
  rolloutView,
  submissionView,
  type AuditLine,
  type EvidenceView,
  type PlannedStage,
  type PlannedTraffic,
  type RolloutPlan,
  type RolloutSummary,
  type RolloutView,
} from './rollout-answer';
export { rebuildOrder, rebuildView, type RebuildOrder, type RebuildView, type RebuiltStage } from './bandit-rebuild';
export {
  loggedPredictions,
  loggedQuery,
  offPolicyOrder,
  offPolicyView,
  shadowedPredictions,
  shadowedQuery,
  type LoggedPrediction,
  type LoggedPredictions,
  type LoggedQuery,
  type OffPolicyOrder,
  type OffPolicyView,
  type ShadowedPredictions,
  type ShadowedQuery,
} from './off-policy';
