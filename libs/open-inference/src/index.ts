// A client of the Open Inference Protocol: instances, health, deadlines.
export { Cancellation } from './cancellation';
export { type ServerAuth } from './call-headers';
export { type ClientOptions } from './client-options';
export { DirectModelServer } from './direct/direct-model-server';
export { EgressPolicy, type EgressRules } from './egress-policy';
export { FakeModelServer, type FakeBehaviour } from './fake-model-server';
export { guardedResolve } from './guarded-connector';
export { type InstanceState, type OpenedBy } from './instance-health';
export {
  type AnswerSink,
  type Answered,
  type Failed,
  type Flow,
  type ModelAnswer,
  type ModelCall,
  type ModelHeaders,
  type ModelServer,
} from './model-server';
export { readFields } from './direct/read-head';
export { modelServerVariables, secretVariables } from './model-server-variables';
export { inferPath, modelPath, readyPath, type ServerModel } from './paths';
export { trusting } from './trust';
export { UndiciModelServer } from './undici-model-server';
export { VersionServers, type VersionObserver, type VersionServersOptions } from './version-servers';
