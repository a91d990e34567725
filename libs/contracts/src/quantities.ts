// Durations and shares as people write them: `500ms`, `10s`, `5m`, `1h`, `7d`; `5%`, `0.25%`.
import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration as text, to milliseconds; more than 0 and at most 365 days. */
export const duration = z
  .string()
  .regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'a duration such as 500ms, 10s, 5m, 1h or 7d')
  .transform((text) => parseDuration(text))
  .refine((ms) => ms > 0, 'a duration above zero')
  .refine((ms) => ms <= 365 * unitMs.d, 'a duration of at most 365 days');

function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match) return 0;
  return Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]);
}

/** A share as text, to basis points; 0 % to 100 %, in steps of 0.01 %. */
export const share = z
  .string()
  .regex(/^\d+(?:\.\d{1,2})?%$/, 'a share such as 5% or 0.25%')
  .transform((text) => Math.round(Number(text.slice(0, -1)) * 100))
  .refine((bps) => bps <= 10_000, 'a share of at most 100%');

const byteUnits = { B: 1, KiB: 1024, MiB: 1024 ** 2 } as const;

/** A size as text, to bytes; at least 1, at most 16 MiB. */
export const byteSize = z
  .string()
  .regex(/^\d+(?:B|KiB|MiB)$/, 'a size such as 512B, 64KiB or 1MiB')
  .transform((text) => {
    const match = /^(\d+)(B|KiB|MiB)$/.exec(text);
    return match ? Number(match[1]) * byteUnits[match[2] as keyof typeof byteUnits] : 0;
  })
  .refine((bytes) => bytes >= 1 && bytes <= 16 * byteUnits.MiB, 'a size from 1B to 16MiB');
