// What the clients of one instance are opened with, whichever client it is.
import { type SecureContext } from 'node:tls';
import { type ServerAuth } from './call-headers';
import { type EgressPolicy } from './egress-policy';

export interface ClientOptions {
  readonly egress: EgressPolicy;
  /** Connections per instance; calls beyond wait for one, within their deadline. Default 128. */
  readonly connections?: number;
  /** Default 1000, TLS included; undici's is exact to half a second. */
  readonly connectTimeoutMs?: number;
  /** The address to dial; else the URL's host is resolved with every new connection. */
  readonly address?: string | undefined;
  readonly auth?: ServerAuth | undefined;
  /** Whom to trust of https; undefined: whom Node trusts. */
  readonly trust?: SecureContext | undefined;
  /** Default 8 MiB. */
  readonly maxResponseBytes?: number;
}
