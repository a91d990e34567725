// Which certificates of model servers are believed.
import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/**
 * The authorities that Node brings and those of `pem` (one or several certificates).
 * @throws Error when `pem` holds no certificate, or one that cannot be read.
 */
export function trusting(pem: string): SecureContext {
  const own = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (own.length === 0) throw new Error('no certificate in it');
  for (const certificate of own) new X509Certificate(certificate); // createSecureContext passes over what it cannot read
  return createSecureContext({ ca: [...rootCertificates, ...own] });
}
