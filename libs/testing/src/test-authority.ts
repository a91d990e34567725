// A certificate authority for one spec, in memory: its certificates say what the spec wants them to say.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface TestCertificate {
  /** PEM, as `tls.createServer` takes them. */
  readonly cert: string;
  readonly key: string;
}

const oids = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  alternativeNames: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
};
const algorithm = sequence(oid(oids.ecdsaWithSha256));
const day = 86_400_000;

export class TestAuthority {
  /** PEM, for whoever shall trust it. */
  readonly cert: string;
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  constructor(private readonly name = `Weir test authority ${randomBytes(4).toString('hex')}`) {
    const mayIssue = extension(oids.basicConstraints, sequence(der(0x01, Buffer.from([0xff]))));
    this.cert = this.certify(this.name, this.keys.publicKey, mayIssue);
  }

  /** For a server of this DNS name or IPv4 address; valid from yesterday on for two days. */
  issue(host: string): TestCertificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const name = isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
    return {
      cert: this.certify(host, publicKey, extension(oids.alternativeNames, sequence(name))),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  private certify(subject: string, key: KeyObject, ofItsKind: Buffer): string {
    const now = Date.now();
    const said = sequence(
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      algorithm,
      named(this.name),
      sequence(time(now - day), time(now + day)),
      named(subject),
      key.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(ofItsKind)),
    );
    const signature = sign('sha256', said, this.keys.privateKey);
    const whole = sequence(said, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
    const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  }
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function named(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(oids.commonName), der(0x0c, Buffer.from(commonName)))));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${text}Z`));
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}
