// What specs share. Production code may not import it (lint).
export {
  buildEvidence,
  buildKeyPublished,
  buildOutcomeJoined,
  buildOutcomeReported,
  buildPolicy,
  buildPolicyApplied,
  buildPredictionRequested,
  buildPredictionServed,
  buildRolloutChanged,
  buildSlice,
} from './build-events';
export { Draws, randomOf, type Random } from './draws';
export { eventually, eventuallyPasses, type Patience } from './eventually';
export { FixedClock } from './fixed-clock';
export { required, schemaName, temporarySchema, topicPrefix, type TemporarySchema } from './isolation';
export { ModelServer, type Asked, type Behaviour, type ModelServerOptions } from './model-server';
export { TestAuthority, type TestCertificate } from './test-authority';
export { TcpFaultProxy, type Fault } from './tcp-fault-proxy';
export {
  hasUciSets,
  leastBy,
  meanOf,
  nearestMean,
  readUciSet,
  uciClasses,
  uciSets,
  type UciRow,
  type UciSet,
} from './uci-sets';
