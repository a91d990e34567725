// Which certificates of model servers are believed.
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/**
 * The authorities that Node brings and those of `pem` (one or several certificates).
 * @throws Error when `pem` holds no certificate that can be read.
 */
export function trusting(pem: string): SecureContext {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no certificate in it');
  return createSecureContext({ ca: [...rootCertificates, pem] });
}
