// An API key: weir_<id>_<secret>. The id is public, of the secret only the digest is kept.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

const form = /^weir_([A-Za-z0-9-]{1,64})_([A-Za-z0-9_-]{1,256})$/;

export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id && secret ? { id, secret } : undefined;
}

/** sha256 of the secret, hexadecimal. Enough for 256 random bits; a password would need more. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A new key: shown to its owner once, never kept. */
export function makeApiKey(id: string = randomBytes(8).toString('hex')): { id: string; key: string; sha256: string } {
  const secret = randomBytes(32).toString('base64url');
  return { id, key: `weir_${id}_${secret}`, sha256: digestOf(secret) };
}

/** Takes the same time whatever the digests are, and also where there is no digest to compare with. */
export function matchesDigest(secret: string, sha256: string | undefined): boolean {
  const expected = Buffer.from(sha256 ?? '', 'hex');
  const usable = expected.length === 32;
  const same = timingSafeEqual(Buffer.from(digestOf(secret), 'hex'), usable ? expected : Buffer.alloc(32));
  return usable && same;
}
