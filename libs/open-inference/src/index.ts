// A client of the Open Inference Protocol: instances, health, deadlines.
export { Cancellation } from './cancellation';
export { EgressPolicy, type EgressRules } from './egress-policy';
export { FakeModelServer, type FakeBehaviour } from './fake-model-server';
export {
  type Answered,
  type Failed,
  type ModelAnswer,
  type ModelCall,
  type ModelHeaders,
  type ModelServer,
} from './model-server';
export { inferPath, modelPath, readyPath, type ServerModel } from './paths';
export { UndiciModelServer, type UndiciOptions } from './undici-model-server';
export { VersionServers, type VersionServersOptions } from './version-servers';
