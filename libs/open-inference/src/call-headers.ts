// What a model server is told besides the caller's own headers: how long it has, and the secret that lets Weir in.
import { type ModelCall } from './model-server';

/** A header that a version's servers ask for. */
export interface ServerAuth {
  /** Lower case. */
  readonly header: string;
  /** The header's whole value; undefined while it is not known. */
  readonly value: () => string | undefined;
}

/** Names and values in turn. A header of the caller's by the same name is left out. */
export function callHeaders({ headers, timeoutMs }: ModelCall, auth: ServerAuth | undefined): string[] {
  const value = auth?.value();
  const sent = auth ? without(headers, auth.header) : headers.slice();
  sent.push('x-request-timeout-ms', String(timeoutMs));
  if (auth && value !== undefined) sent.push(auth.header, value);
  return sent;
}

function without(headers: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const header = headers[i] as string;
    if (header.toLowerCase() !== name) kept.push(header, headers[i + 1] as string);
  }
  return kept;
}
