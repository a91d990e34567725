// What other tools of this workspace (bench/) bring a system up with.
export { Complaint } from './complaint';
export { onPath } from './find-program';
export { isCommandFailure, type Host, type Steps } from './host';
export { bringInfrastructure, type Addresses, type InfrastructureContext } from './infrastructure';
export { claimPort } from './ports';
export { answersHttp } from './probes';
export { migrate, serviceSpec, urlOf, type Place } from './services';
export type { ProcessSpec } from './supervisor';
export { withSystem } from './system';
export { withThrowawayFolder } from './test';
