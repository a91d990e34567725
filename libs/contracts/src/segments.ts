// Evidence told apart by attributes: how a stage names them, and what a prediction's segment is called.
import { z } from 'zod';

/** Attributes by whose values the evidence of a stage is told apart as well, `region=eu,plan=pro`; at most 50 such segments, then `*`. */
export const segments = z.array(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'the name of an attribute')).max(3);

const longestValue = 64;
const mostSegments = 50;

/** `region=eu,plan=pro`; undefined where no attributes are named and the decision has no segment. */
export function segmentOf(
  names: readonly string[],
  {
    segment,
    attributes = {},
  }: {
    readonly segment?: string | undefined;
    readonly attributes?: Readonly<Record<string, string>> | undefined;
  },
): string | undefined {
  if (names.length === 0) return segment;
  const own = names.map(
    (name) => `${name}=${(Object.hasOwn(attributes, name) ? attributes[name] : '')?.slice(0, longestValue)}`,
  );
  return [...(segment === undefined ? [] : [segment]), ...own].join(',');
}

/** The segment as it is told, noted among those that are: one more than so many is `*`. Attributes are the callers': without a limit they would choose our rows. */
export function admitSegment(told: string[], segment: string): string {
  if (told.includes(segment)) return segment;
  if (told.length >= mostSegments) return '*';
  told.push(segment);
  return segment;
}
