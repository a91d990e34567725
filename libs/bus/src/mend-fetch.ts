// kafkajs 2.2.4 takes 64-bit objects for each byte of a timestamp and copies a record's headers once a header. Mended here, at import.
import { decodeFetch, type Fetched } from './decode-fetch';

interface Response {
  readonly decode: (raw: Buffer) => Promise<unknown>;
  readonly parse: (decoded: unknown) => Promise<unknown>;
}

type Definition = (args: object) => { readonly request: unknown; readonly response: Response };

/** What of kafkajs' Fetch the mend relies on. */
export interface MendableFetch {
  protocol: (wanted: { version: number }) => Definition;
}

const mended = new WeakSet<object>();
/** The version that kafkajs and every broker since 2.3 agree on. */
const known = 11;

/**
 * Responses of version 11 with nothing unusual (compression, transactions, old formats) are read in one pass, all others as before.
 * @throws Error when kafkajs no longer has the shape this was written for: then read its fetch request again before upgrading.
 */
export function mendFetch(fetch: MendableFetch): void {
  if (mended.has(fetch)) return;
  const original = fetch.protocol;
  const probe: unknown = typeof original === 'function' ? original({ version: known }) : undefined;
  if (typeof probe !== 'function') throw new Error('kafkajs has changed: Fetch version 11 is gone');
  fetch.protocol = ({ version }) => {
    const definition = original({ version });
    if (version !== known) return definition;
    return (args) => {
      const made = definition(args);
      const { decode } = made.response;
      const read = (raw: Buffer): Promise<unknown> => {
        const fetched: Fetched | undefined = decodeFetch(raw);
        return fetched ? Promise.resolve(fetched) : decode(raw);
      };
      return { ...made, response: { ...made.response, decode: read } };
    };
  };
  mended.add(fetch);
}
