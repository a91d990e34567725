// Whether units come to the arms in the shares asked for. To be judged by libs/stats; until then nothing is withheld.
import { type EvidenceRow } from '@weir/stats';

export type SampleRatioState = null;

export interface SampleRatioVerdict {
  readonly mismatch: boolean;
  readonly eValue: number | null;
  readonly threshold: number;
  readonly sentence: string;
}

export function openSampleRatio(): SampleRatioState {
  return null;
}

export function foldSampleRatio(state: SampleRatioState, _rows: readonly EvidenceRow[]): SampleRatioState {
  return state;
}

export function judgeSampleRatio(_state: SampleRatioState): SampleRatioVerdict {
  return { mismatch: false, eValue: null, threshold: 1_000, sentence: 'sample ratio: not judged yet.' };
}
