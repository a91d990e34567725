// A policy with one rollout over all units, for specs to change.
import { type RoutingPolicy, type RoutingSlice } from './policy';

export const slice: RoutingSlice = {
  rollout: 'r-1',
  stage: 1,
  step: 2,
  from: 0,
  to: 10_000,
  epoch: 5,
  salt: 'r-1-salt',
  arms: { v1: 9_000, v2: 1_000 },
  assign: 'unit',
};

export const policy: RoutingPolicy = {
  revision: 12,
  epoch: 7,
  stable: 'v1',
  versions: { v1: {}, v2: {}, v3: {} },
  salt: 'model-salt',
  slices: [slice],
  targets: [],
  lists: {},
};
