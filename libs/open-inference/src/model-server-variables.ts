// The environment of every service that calls model servers: whom it may call, and what it shows and believes.
import { readFileSync } from 'node:fs';
import { variables } from '@weir/service';
import { z } from 'zod';
import { EgressPolicy } from './egress-policy';
import { trusting } from './trust';

/** Members of a zod object; each service adds its own beside them. */
export const modelServerVariables = {
  /** Host names and CIDRs of model servers; empty: all but loopback (outside the local profile), link-local and metadata. */
  WEIR_EGRESS_ALLOW: variables.list.refine(isReadable, 'host names and CIDRs, comma separated').optional(),
  /** A folder with a file for each secret that policies name. */
  WEIR_SECRETS_DIR: z.string().min(1).optional(),
  /** Authorities of model servers' certificates, PEM, beside those that Node brings. */
  WEIR_MODEL_CA_FILE: z.string().refine(hasCertificates, 'a file of certificates in PEM that can be read').optional(),
};

/** The policy itself says what it can read. */
function isReadable(only: readonly string[]): boolean {
  return isDone(() => new EgressPolicy({ allowLoopback: false, only }));
}

function hasCertificates(file: string): boolean {
  return isDone(() => trusting(readFileSync(file, 'utf8')));
}

function isDone(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** The variables WEIR_SECRET_<NAME>, by name. */
export function secretVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const secrets = Object.entries(env).filter(([name]) => name.startsWith('WEIR_SECRET_')) as [string, string][];
  return Object.fromEntries(secrets);
}
