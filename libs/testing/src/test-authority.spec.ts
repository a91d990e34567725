// Certificates as Node reads them.
import { X509Certificate } from 'node:crypto';
import { TestAuthority } from './test-authority';

it('issues certificates that are its own, for the host they were asked for', () => {
  const authority = new TestAuthority();
  const own = new X509Certificate(authority.cert);
  expect(own.ca).toBe(true);
  const server = new X509Certificate(authority.issue('models.test').cert);
  expect(server.verify(own.publicKey)).toBe(true);
  expect(server.checkIssued(own)).toBe(true);
  expect(server.checkHost('models.test')).toBe('models.test');
  expect(server.checkHost('others.test')).toBeUndefined();
  expect(new X509Certificate(authority.issue('127.0.0.1').cert).checkIP('127.0.0.1')).toBe('127.0.0.1');
});
