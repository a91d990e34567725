// The names that stand in events, paths and manifests, each with the characters it may have.
import { z } from 'zod';

/** Models, rollouts, versions, metrics, lists: lower-case, dash-separated or dotted; at most 63 characters. */
export const name = z
  .string()
  .regex(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/,
    'a name of 1 to 63 letters, digits, dots, dashes and underscores',
  )
  .refine((value) => !reservedNames.has(value), 'a reserved name');

/** Names that would shadow JavaScript's own properties wherever a name becomes a key. */
const reservedNames = new Set(['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']);

/** Chosen by the caller or made by the router (then a UUIDv7). 1 to 128 characters without spaces. */
export const predictionId = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/, '1 to 128 letters, digits and . _ : -');

/** User, session, mailbox: the unit of assignment. 1 to 256 characters. */
export const unit = z.string().min(1).max(256);

/** Basis points: 0..10000, 1 % = 100. */
export const basisPoints = z.number().int().min(0).max(10_000);

/** Weights by arm (a version's name), basis points. Arms of weight 0 may be named. */
export const weights = z.record(name, basisPoints);

/** Which run of a rollout: `retry` begins the next one, with counts and an alpha of its own. Absent: the first. */
export const attempt = z.int().min(1).optional();

/** An instant as ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime();

export const attributes = z.record(z.string().max(64), z.string().max(256));
