// What an experiment or a bandit has come to: arms that are out, and the decision with the numbers it was made of.
import { type BanditDecision, type ExperimentDecision } from '@weir/contracts';

/** A candidate that was shown to be worse. */
export interface OutArm {
  readonly version: string;
  /** ISO instant. */
  readonly at: string;
  readonly reason: string;
}

/** Plain JSON, and the answer that the outside gets. */
export type Decision = ExperimentDecision | BanditDecision;

export function isOfExperiment(decision: Decision): decision is ExperimentDecision {
  return 'comparisons' in decision;
}

export function isOfBandit(decision: Decision): decision is BanditDecision {
  return !isOfExperiment(decision);
}
