// What several processes of one router serve by, as what the router serves by.
import { type PolicyApplied } from '@weir/contracts';

export type InForce = PolicyApplied['models'];

/**
 * Per model the least revision; a model that one of them does not have is left out, for then the router does not serve by its
 * policy everywhere. From the disk where one has it from there.
 */
export function leastInForce(all: readonly InForce[]): InForce {
  const [first = {}, ...others] = all;
  const common = Object.entries(first).filter(([model]) => others.every((one) => Object.hasOwn(one, model)));
  return Object.fromEntries(
    common.map(([model]) => {
      const each = all.flatMap((one) => one[model] ?? []);
      const isFromDisk = each.some(({ source }) => source === 'disk');
      return [
        model,
        { revision: Math.min(...each.map(({ revision }) => revision)), source: isFromDisk ? 'disk' : 'live' },
      ];
    }),
  );
}

/** Whether everything that is wanted is in force, in that revision or a greater one. */
export function isInForce(has: InForce, wanted: InForce): boolean {
  return Object.entries(wanted).every(
    ([model, { revision }]) => Object.hasOwn(has, model) && (has[model]?.revision ?? -1) >= revision,
  );
}
