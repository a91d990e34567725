// The builders keep to the contracts: what they build survives a round trip.
import {
  evidence,
  keyPublished,
  outcomeJoined,
  outcomeReported,
  policyApplied,
  policyPublished,
  predictionRequested,
  predictionServed,
  rolloutChanged,
} from '@weir/contracts';
import {
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

it('builds events that their contracts accept unchanged', () => {
  const trip = <T>(contract: { encode: (event: T) => string; decode: (text: string) => T }, event: T) =>
    expect(contract.decode(contract.encode(event))).toEqual(event);
  trip(predictionRequested, buildPredictionRequested());
  trip(predictionServed, buildPredictionServed());
  trip(outcomeReported, buildOutcomeReported());
  trip(outcomeJoined, buildOutcomeJoined());
  trip(evidence, buildEvidence());
  trip(policyPublished, buildPolicy({ slices: [buildSlice()] }));
  trip(policyApplied, buildPolicyApplied());
  trip(rolloutChanged, buildRolloutChanged());
  trip(keyPublished, buildKeyPublished());
  expect.assertions(9);
});

it('gives an arm the propensity of its weight', () => {
  expect(buildPredictionServed({ arm: 'v2' })).toMatchObject({ answeredBy: 'v2', propensity: 0.1 });
});

it('refuses to build what a contract refuses', () => {
  expect(() => buildPredictionServed({ propensity: 0 })).toThrow();
});
