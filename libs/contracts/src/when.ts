// Eligibility by attributes: all of them must fit.
import { z } from 'zod';
import { name } from './identifiers';

const condition = z.union([
  z.string().max(256),
  z.array(z.string().max(256)).min(1).max(100),
  z.strictObject({ prefix: z.string().min(1).max(256) }),
  z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine((range) => range.min !== undefined || range.max !== undefined, 'needs min, max or both')
    .refine((range) => (range.min ?? -Infinity) <= (range.max ?? Infinity), 'min is above max'),
  /** Only for the attribute `unit`: the unit stands in a list of the model. */
  z.strictObject({ list: name }),
]);

export type Condition = z.infer<typeof condition>;

/** Attribute name to condition; `unit` is the unit itself. */
export const when = z
  .record(z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'an attribute name in lower case'), condition)
  .refine((map) => Object.keys(map).length > 0, 'needs at least one attribute');

export type When = z.infer<typeof when>;
