// What of a `when` can only be judged beside the model: the lists that it names.
import { type Problem, type When } from '@weir/contracts';
import { listsOf } from './policy';

/** @param lists names of the model's lists. */
export function checkWhen(
  when: When | undefined,
  path: string,
  { lists }: { readonly lists: readonly string[] },
): Problem[] {
  return Object.entries(when ?? {}).flatMap(([attribute, condition]) => {
    const [list] = listsOf({ [attribute]: condition });
    if (list === undefined) return [];
    const at = `${path}.when.${attribute}.list`;
    if (attribute !== 'unit')
      return [{ path: at, message: 'a list holds units: only the attribute unit can be in one' }];
    return lists.includes(list) ? [] : [{ path: at, message: `the model has no list ${list}` }];
  });
}
