// What is said of policies that may not be the latest.
import { policyWorry, stalePolicies } from './stale-policies';

const policies = [
  { model: 'spam', source: 'live' },
  { model: 'ham', source: 'disk' },
] as const;

it('a policy from the disk is stale until the topic confirms it', () => {
  const stale = stalePolicies(policies, 9_000);
  expect(stale.models).toEqual([
    { model: 'spam', stale: false },
    { model: 'ham', stale: true },
  ]);
  expect(policyWorry(stale)).toBe('served by the last known good of the disk, which the topic has not confirmed: ham');
});

it('all are when nothing was heard of them for half a minute', () => {
  const stale = stalePolicies(policies, 61_000);
  expect(stale.models.every((one) => one.stale)).toBe(true);
  expect(policyWorry(stale)).toBe('served by what was known: nothing was heard of policies for 61 s');
});

it('nothing is said where all is confirmed, and few names where many are not', () => {
  expect(policyWorry(stalePolicies(policies.slice(0, 1), 0))).toBeUndefined();
  const many = Array.from({ length: 9 }, (_, index) => ({ model: `m${index}`, source: 'disk' as const }));
  expect(policyWorry(stalePolicies(many, 0))).toContain('m0, m1, m2, m3, m4 and 4 more');
});
