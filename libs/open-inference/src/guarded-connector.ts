// Opens connections to model servers, and only to addresses that the egress policy allows.
import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { WeirError } from '@weir/contracts';
import { type EgressPolicy } from './egress-policy';

/** Becomes `unreachable` on the way out of this library: nothing was sent. */
export class EgressRefused extends WeirError {
  constructor(refusal: string) {
    super('egress-refused', refusal);
  }
}

/** The name is resolved once and that very address is judged and dialled: nothing is asked twice that could answer differently. */
export function guardedConnector(policy: EgressPolicy, connectTimeoutMs: number): buildConnector.connector {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: guardedLookup(policy),
  });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    // an address as host is never looked up
    const refusal = isIP(host) ? policy.refusal(host, host) : undefined;
    if (refusal) queueMicrotask(() => callback(new EgressRefused(refusal), null));
    else connect(options, callback);
  };
}

function guardedLookup(policy: EgressPolicy): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const refusals = addresses.map(({ address }) => policy.refusal(host, address));
      const allowed = addresses.filter((_, index) => refusals[index] === undefined);
      if (allowed.length === 0) return callback(new EgressRefused(refusals[0] ?? `${host} has no address`), '', 0);
      if (options.all) return callback(null, allowed);
      const { address, family } = allowed[0] as LookupAddress;
      callback(null, address, family);
    });
  };
}
