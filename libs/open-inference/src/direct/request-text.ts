// The head of a call as it goes over the wire. Nothing that could be read as another line, or as another length, gets into it.
import { WeirError } from '@weir/contracts';
import { callHeaders, type ServerAuth } from '../call-headers';
import { type ModelCall } from '../model-server';

/** Becomes `unreachable` on the way out of this library: nothing was sent. */
export class RequestRefused extends WeirError {
  constructor(problem: string) {
    super('request-refused', problem);
  }
}

/** Of one connection: they are the client's own to say. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const notOfPath = /[^\x21-\x7e\x80-\xff]/;
const notOfName = /[^\w!#$%&'*+.^`|~-]|^$/;
const notOfValue = /[^\t\x20-\x7e\x80-\xff]/;

export class RequestText {
  private readonly base: string;
  private readonly rest: string;

  constructor(
    { host, pathname }: Pick<URL, 'host' | 'pathname'>,
    private readonly auth: ServerAuth | undefined,
  ) {
    this.base = pathname === '/' ? '' : pathname.replace(/\/+$/, '');
    this.rest = ` HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  }

  /**
   * All up to the body, as Latin-1.
   * @throws RequestRefused when the path or a header cannot be sent as it is.
   */
  head(call: ModelCall): string {
    const { method, path, body } = call;
    if (notOfPath.test(path) || !path.startsWith('/')) throw new RequestRefused('the path cannot be sent as it is');
    let text = `${method} ${this.base}${path}${this.rest}`;
    const headers = callHeaders(call, this.auth);
    for (let i = 0; i < headers.length; i += 2) {
      const [name, value] = [headers[i] as string, headers[i + 1] as string];
      if (notOfName.test(name) || notOfValue.test(value) || ofTheConnection.has(name.toLowerCase()))
        throw new RequestRefused(`the header ${JSON.stringify(name)} cannot be sent as it is`);
      text += `${name}: ${value}\r\n`;
    }
    const length = body?.length ?? 0;
    return method === 'POST' || length > 0 ? `${text}content-length: ${length}\r\n\r\n` : `${text}\r\n`;
  }
}
