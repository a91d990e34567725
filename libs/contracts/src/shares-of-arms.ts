// Shares of a stage's arms, as a manifest writes them: two arms or more that share all of the traffic.
import { z } from 'zod';
import { name } from './identifiers';
import { share } from './quantities';

/** Basis points by arm, 10000 in all. */
export const sharesOfArms = z
  .record(
    name,
    share.refine((bps) => bps > 0, 'an arm above 0%'),
  )
  .superRefine((shares, context) => {
    const total = Object.values(shares).reduce((sum, bps) => sum + bps, 0);
    if (Object.keys(shares).length < 2) context.addIssue({ code: 'custom', message: 'needs at least two arms' });
    if (total !== 10_000)
      context.addIssue({ code: 'custom', message: `the shares add up to ${total / 100}%, not to 100%` });
  });
