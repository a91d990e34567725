// Keys: their form, their digest, their end.
import { FixedClock } from '@weir/testing';
import fc from 'fast-check';
import { permits } from './access';
import { digestOf, makeApiKey, matchesDigest, parseApiKey } from './api-key';
import { authenticate } from './api-key-guard';
import { type KeyRecord, MemoryKeyRing } from './key-ring';

const seed = 20260101;
const clock = new FixedClock('2026-01-01T00:00:00.000Z');

function ring(some: Partial<KeyRecord> = {}) {
  const { id, key, sha256 } = makeApiKey();
  const keys = new MemoryKeyRing();
  keys.put({ id, sha256, role: 'operator', name: 'ada', state: 'active', ...some });
  return { keys, key, enter: (header: string | string[] | undefined) => authenticate(keys, header, clock.nowMs()) };
}

it('makes keys that parse and match their own digest only', () => {
  const [one, two] = [makeApiKey(), makeApiKey()];
  const parsed = parseApiKey(one.key);
  expect(parsed?.id).toBe(one.id);
  expect(parsed?.secret.length).toBeGreaterThanOrEqual(43);
  expect(matchesDigest(parsed?.secret ?? '', one.sha256)).toBe(true);
  expect(matchesDigest(parsed?.secret ?? '', two.sha256)).toBe(false);
});

it.each([undefined, '', 'zz', '0'.repeat(63), '0'.repeat(66)])('matches nothing with the digest %s', (sha256) => {
  expect(matchesDigest('secret', sha256)).toBe(false);
  expect(matchesDigest('', sha256)).toBe(false);
});

it(`splits at the first underscore after the id, whatever the secret is made of (seed ${seed})`, () => {
  const id = fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/);
  const secret = fc.stringMatching(/^[A-Za-z0-9_-]{1,256}$/);
  fc.assert(
    fc.property(id, secret, (id, secret) => {
      expect(parseApiKey(`weir_${id}_${secret}`)).toEqual({ id, secret });
    }),
    { seed },
  );
});

it('lets a key in, whatever the case of the scheme', async () => {
  const { key, enter } = ring();
  expect(await enter(`Bearer ${key}`)).toMatchObject({ name: 'ada', role: 'operator' });
  expect(await enter(`bearer ${key}`)).toMatchObject({ name: 'ada' });
});

it.each([
  ['a revoked key', { state: 'revoked' as const }],
  ['an expired key', { expiresAt: '2025-12-31T23:59:59.999Z' }],
  ['a key that expires now', { expiresAt: '2026-01-01T00:00:00.000Z' }],
  ['a key whose end cannot be read', { expiresAt: 'some day' }],
  ['a key with a mangled digest', { sha256: 'zz' }],
])('refuses %s', async (_, some) => {
  const { key, enter } = ring(some);
  await expect(enter(`Bearer ${key}`)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('refuses another scheme, no scheme and two headers', async () => {
  const { key, enter } = ring();
  for (const header of [
    undefined,
    key,
    `Basic ${key}`,
    `Bearer`,
    `Bearer ${key} ${key}`,
    [`Bearer ${key}`, `Bearer ${key}`],
  ]) {
    await expect(enter(header)).rejects.toMatchObject({ code: 'unauthenticated' });
  }
});

it('lets a key expire in its own time', async () => {
  const { key, enter } = ring({ expiresAt: '2026-01-01T00:00:00.001Z' });
  await expect(enter(`Bearer ${key}`)).resolves.toBeDefined();
});

it('orders the roles, with producer apart', () => {
  expect(permits(['viewer'], 'admin')).toBe(true);
  expect(permits(['operator'], 'viewer')).toBe(false);
  expect(permits(['viewer'], 'producer')).toBe(false);
  expect(permits(['producer'], 'operator')).toBe(false);
  expect(permits(['producer'], 'admin')).toBe(true);
  expect(permits(['viewer', 'producer'], 'producer')).toBe(true);
  expect(digestOf('x')).toHaveLength(64);
});
