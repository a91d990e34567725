// A secret that a version's servers ask for: named in manifests and policies, its value known to routers alone.
import { z } from 'zod';
import { name } from './identifiers';

/** Made by HTTP or by Weir itself: what stands in them is not the manifest's to say. */
const notForSecrets: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'upgrade',
  'x-request-timeout-ms',
]);

const header = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "a header's name of 1 to 64 letters, digits, dashes and underscores")
  .transform((text) => text.toLowerCase())
  .refine((text) => !notForSecrets.has(text) && !text.startsWith('x-weir-'), 'a header that carries no secret');

/** `header` is given back in lower case; the secret's value is the header's whole value. */
export const serverAuth = z.strictObject({ header, secretRef: name });

export type PolicyAuth = z.infer<typeof serverAuth>;
