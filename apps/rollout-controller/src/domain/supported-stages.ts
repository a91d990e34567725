// The kinds of stage that this controller can run. The later ones are read and refused; each takes its line out of here.
import { type Problem, type Stage } from '@weir/contracts';

const supported: readonly Stage['kind'][] = ['shadow', 'canary', 'ab', 'bandit', 'rolling'];

/** The stages that cannot run yet, by path. */
export function unsupportedStages(stages: readonly Stage[]): Problem[] {
  return stages.flatMap(({ kind }, index) =>
    supported.includes(kind)
      ? []
      : [{ path: `stages[${index}].${kind}`, message: `stages of kind ${kind} cannot run yet` }],
  );
}
