// The bins of what a row of evidence distributes.
import { type Bins } from '@weir/stats';
import { type Profile } from './profile';

/** Of a stage, a shadow and an output. */
export type BinsOf = (stage: number, shadow: string, output: string) => Bins | undefined;

export function profileId(stage: number, shadow: string): string {
  return `${stage}/${shadow}`;
}

/** By profileId. */
export function binsIn(profiles: ReadonlyMap<string, Profile>): BinsOf {
  return (stage, shadow, output) => {
    const outputs = profiles.get(profileId(stage, shadow))?.outputs;
    const known = outputs && Object.hasOwn(outputs, output) ? outputs[output] : undefined;
    return known && 'bins' in known ? known.bins : undefined;
  };
}
