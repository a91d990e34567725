// Assignment: which arm answers a prediction, and with what probability.
export { murmur3 } from './murmur3';
export { contender, meet, positionBps, seedOf, type Contender } from './rendezvous';
export { compileSegment, describeSegment, type Attributes, type Condition, type Lists, type When } from './segment';
export { policyProblem, type RoutingPolicy, type RoutingSlice } from './policy';
export { compile, type Decision, type Snapshot } from './snapshot';
export { decide, type Undecided } from './decide';
