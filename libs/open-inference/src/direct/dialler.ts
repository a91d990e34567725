// Opens sockets to one instance: only to addresses that the egress policy allows, and with TLS only to whom the certificate names.
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { type ClientOptions } from '../client-options';
import { lookupOf, refusalOf } from '../guarded-connector';

export class Dialler {
  /** Why it may not be dialled at all. */
  readonly refusal: string | undefined;
  /** When TLS stands, or TCP where there is none. */
  readonly connected: 'connect' | 'secureConnect';
  private readonly isTls: boolean;
  private readonly target: {
    readonly host: string;
    readonly port: number;
    readonly lookup: ReturnType<typeof lookupOf>;
  };
  private session: Buffer | undefined;

  constructor(
    { protocol, hostname, port }: URL,
    private readonly options: Pick<ClientOptions, 'egress' | 'address' | 'trust'>,
  ) {
    const host = hostname.replace(/^\[|\]$/g, '');
    this.isTls = protocol === 'https:';
    this.connected = this.isTls ? 'secureConnect' : 'connect';
    this.refusal = refusalOf(options.egress, host);
    this.target = {
      host,
      port: port === '' ? (this.isTls ? 443 : 80) : Number(port),
      lookup: lookupOf(options.egress, options.address),
    };
  }

  /** `onread` is given the bytes, in a buffer that is used again. */
  dial(onread: OnReadOpts): Socket {
    const socket = this.isTls ? this.dialTls(onread) : connect({ ...this.target, onread });
    return socket.setNoDelay(true).setKeepAlive(true, 60_000);
  }

  private dialTls(onread: OnReadOpts): Socket {
    const { host } = this.target;
    const { trust } = this.options;
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      ...this.target,
      onread,
      // said here, so that no environment (NODE_TLS_REJECT_UNAUTHORIZED) can say otherwise
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 && { servername: host }),
      ...(trust && { secureContext: trust }),
      ...(this.session && { session: this.session }),
    };
    // Node gives sessions only of peers that it has verified
    return connectTls(options).on('session', (session) => (this.session = session));
  }
}
