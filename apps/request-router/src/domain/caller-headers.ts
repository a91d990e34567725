// What a caller says about a prediction in its headers.
import { predictionId } from '@weir/contracts';

export interface CallerHeaders {
  readonly unit: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly predictionId: string | undefined;
  readonly excluded: boolean;
  readonly timeoutMs: number | undefined;
  /** For the server: what is end to end and none of Weir's. */
  readonly forwarded: readonly string[];
}

export type ReadHeaders = CallerHeaders | { readonly problem: string };

/** Of one hop only (RFC 9110, 7.6.1), or made anew towards the server. */
const ofThisHop: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-timeout-ms',
]);

const attributeForm = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** `rawHeaders` as Node gives them: names and values in turn. `hidden`: names kept from the server (Weir's own keys). */
export function readCallerHeaders(rawHeaders: readonly string[], hidden: ReadonlySet<string>): ReadHeaders {
  const forwarded: string[] = [];
  const own = new Map<string, string>();
  let nominated: ReadonlySet<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const value = rawHeaders[i + 1] as string;
    if (name.startsWith('x-weir-') || name === 'x-request-timeout-ms') {
      if (own.has(name)) return { problem: `${name} stands there twice` };
      own.set(name, value);
    } else if (name === 'connection') nominated = nominatedBy(value, nominated);
    else if (!ofThisHop.has(name) && !hidden.has(name)) forwarded.push(name, value);
  }
  return interpret(own, nominated ? withoutNominated(forwarded, nominated) : forwarded);
}

function interpret(own: ReadonlyMap<string, string>, forwarded: readonly string[]): ReadHeaders {
  const attributes = Object.create(null) as Record<string, string>; // no name finds what objects inherit
  let unit: string | undefined;
  for (const [name, value] of own) {
    const text = decodeUtf8(value);
    if (text === undefined) return { problem: `${name} is not UTF-8` };
    if (name === 'x-weir-unit') {
      if (text.length < 1 || text.length > 256) return { problem: 'x-weir-unit must have 1 to 256 characters' };
      unit = text;
    } else if (name.startsWith('x-weir-attr-')) {
      const attribute = name.slice('x-weir-attr-'.length);
      if (!attributeForm.test(attribute)) return { problem: `${name} is not an attribute's name` };
      if (text.length > 256) return { problem: `${name} has more than 256 characters` };
      attributes[attribute] = text;
    }
  }
  const id = own.get('x-weir-prediction-id');
  if (id !== undefined && !predictionId.safeParse(id).success)
    return { problem: 'x-weir-prediction-id must be 1 to 128 letters, digits and . _ : -' };
  const timeout = own.get('x-request-timeout-ms');
  const timeoutMs = timeout === undefined ? undefined : readTimeout(timeout);
  if (timeoutMs === null) return { problem: 'x-request-timeout-ms must be a whole number of milliseconds above zero' };
  const exclude = own.get('x-weir-exclude');
  if (exclude !== undefined && exclude !== '1' && exclude !== '0') return { problem: 'x-weir-exclude must be 1 or 0' };
  return { unit, attributes, predictionId: id, excluded: exclude === '1', timeoutMs, forwarded };
}

function readTimeout(text: string): number | null {
  const ms = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return ms > 0 ? ms : null;
}

/** Node reads header bytes as Latin-1; a unit must be the same over HTTP as over Kafka. */
function decodeUtf8(value: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(value, (character) => character.charCodeAt(0)),
    );
  } catch {
    return undefined;
  }
}

function nominatedBy(value: string, before: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
  const names = value
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const others = names.filter((name) => name !== 'keep-alive' && name !== 'close' && name !== '');
  return others.length === 0 ? before : new Set([...(before ?? []), ...others]);
}

function withoutNominated(headers: readonly string[], nominated: ReadonlySet<string>): readonly string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!nominated.has(name)) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}
