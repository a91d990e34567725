// Opens connections to model servers, and only to addresses that the egress policy allows.
import { lookup, type LookupAddress } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { WeirError } from '@weir/contracts';
import { type EgressPolicy } from './egress-policy';
import { type Resolve } from './name-follower';

/** Becomes `unreachable` on the way out of this library: nothing was sent. */
export class EgressRefused extends WeirError {
  constructor(refusal: string) {
    super('egress-refused', refusal);
  }
}

export interface ConnectorOptions {
  readonly timeoutMs: number;
  /** Dialled in place of the name, which stays what the certificate must be for. */
  readonly address?: string | undefined;
  /** Whom to trust; undefined: whom Node trusts. */
  readonly trust?: SecureContext | undefined;
}

/** The name is resolved once and that very address is judged and dialled: nothing is asked twice that could answer differently. */
export function guardedConnector(
  policy: EgressPolicy,
  { timeoutMs, address, trust }: ConnectorOptions,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup: lookupOf(policy, address),
    // said here, so that no environment (NODE_TLS_REJECT_UNAUTHORIZED) can say otherwise
    rejectUnauthorized: true,
    ...(trust && { secureContext: trust }),
  });
  return (options, callback) => {
    const refusal = refusalOf(policy, options.hostname.replace(/^\[|\]$/g, ''));
    if (refusal) queueMicrotask(() => callback(new EgressRefused(refusal), null));
    else connect(options, callback);
  };
}

/** Of a host that is an address, which is never looked up; undefined where it may be dialled. */
export function refusalOf(policy: EgressPolicy, host: string): string | undefined {
  return isIP(host) ? policy.refusal(host, host) : undefined;
}

/** Finds the addresses that may be dialled of any name. `address`: found already, and judged all the same. */
export function lookupOf(policy: EgressPolicy, address: string | undefined): LookupFunction {
  return address === undefined ? guardedLookup(policy) : pinnedLookup(policy, address);
}

/**
 * All addresses of a name that may be dialled: those of IPv4, or of IPv6 where there are no others, for most names say the same
 * servers twice. Rejects with EgressRefused where there are only others.
 */
export function guardedResolve(policy: EgressPolicy): Resolve {
  return async (name) => {
    const found = allowed(policy, name, await lookupAll(name, { all: true }));
    const ofFour = found.filter(({ family }) => family === 4);
    return (ofFour.length > 0 ? ofFour : found).map(({ address }) => address);
  };
}

function guardedLookup(policy: EgressPolicy): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      hand(policy, host, addresses, options.all === true, callback);
    });
  };
}

function pinnedLookup(policy: EgressPolicy, address: string): LookupFunction {
  return (host, options, callback) =>
    queueMicrotask(() => hand(policy, host, [{ address, family: isIP(address) }], options.all === true, callback));
}

function hand(
  policy: EgressPolicy,
  host: string,
  addresses: readonly LookupAddress[],
  all: boolean,
  callback: Parameters<LookupFunction>[2],
): void {
  let fit: LookupAddress[];
  try {
    fit = allowed(policy, host, addresses);
  } catch (error) {
    return callback(error as Error, '', 0);
  }
  if (all) return callback(null, fit);
  const { address, family } = fit[0] as LookupAddress;
  callback(null, address, family);
}

/** At least one. */
function allowed(policy: EgressPolicy, host: string, addresses: readonly LookupAddress[]): LookupAddress[] {
  const refusals = addresses.map(({ address }) => policy.refusal(host, address));
  const fit = addresses.filter((_, index) => refusals[index] === undefined);
  if (fit.length === 0) throw new EgressRefused(refusals[0] ?? `${host} has no address`);
  return fit;
}
