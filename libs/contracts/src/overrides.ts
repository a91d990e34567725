// Units that get a version by name, for whoever tries it out: recorded as pinned, never evidence.
import { z } from 'zod';
import { name, unit } from './identifiers';

/** Unit to version. */
export const overrides = z
  .record(unit, name)
  .refine((map) => Object.keys(map).length <= 1_000, 'at most 1,000 units')
  .optional();

export type Overrides = Readonly<Record<string, string>>;
