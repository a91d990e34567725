// Sample ratio by stage of a prediction's way: the first stage whose counts leave the weights names what is broken.
import { type SampleRatioVerdict } from './sample-ratio';

/** In the order of the way: units assigned to an arm, answered by anyone, with a matured outcome joined. */
export const sampleRatioStages = ['assigned', 'served', 'joined'] as const;

export type SampleRatioStage = (typeof sampleRatioStages)[number];

const faults = { assigned: 'assignment', served: 'serving', joined: 'join' } as const;

export interface StagesVerdict {
  /** Null: no stage fails. */
  readonly broken: (typeof faults)[SampleRatioStage] | null;
  readonly sentence: string;
}

/**
 * A fault stays in the counts of all later stages, so only the first failing stage speaks of its own part. A stage without units says nothing.
 * Each stage is a test of its own at its own alpha. Reference: Fabijan et al. 2019, "Diagnosing sample ratio mismatch".
 */
export function judgeStages(verdicts: Readonly<Record<SampleRatioStage, SampleRatioVerdict>>): StagesVerdict {
  const first = sampleRatioStages.find((stage) => verdicts[stage].status === 'fail');
  if (first === undefined) return { broken: null, sentence: 'Sample ratio: no stage leaves its weights.' };
  const before = sampleRatioStages.slice(0, sampleRatioStages.indexOf(first));
  const until = before.length > 0 ? `, while ${before.join(' and ')} ${before.length > 1 ? 'do' : 'does'} not` : '';
  return {
    broken: faults[first],
    sentence: `The units ${first} leave their weights${until}: look at ${faults[first]}. ${verdicts[first].sentence}`,
  };
}
