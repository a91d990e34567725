// The body and the answer of POST /api/v1/outcomes.
import { z } from 'zod';

/** Each outcome is judged on its own, so one bad row does not refuse the rest: rows stay unknown here. */
export const reportOutcomesBody = z.strictObject({ outcomes: z.array(z.unknown()).min(1).max(1_000) });

export const reportOutcomesAnswer = z.object({
  accepted: z.int().min(0),
  rejected: z.array(z.object({ index: z.int().min(0), code: z.string(), message: z.string() })),
});

export type ReportOutcomesAnswer = z.infer<typeof reportOutcomesAnswer>;
