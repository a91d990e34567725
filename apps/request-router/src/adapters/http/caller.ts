// Who waits for an answer over HTTP, whichever server read the question.
import { type IncomingMessage, type ServerResponse } from 'node:http';

export interface Caller {
  /** Path and query as they were asked for. */
  readonly url: string;
  /**
   * The head, which waits for the body. `headers`: names and values in turn.
   * @throws Error when a value holds what no header may; nothing has been written then.
   */
  begin(status: number, headers: readonly string[]): void;
  /** Head and body with one write. A text is Latin-1, the bytes as they are. */
  end(body: Buffer | string): void;
  readonly begun: boolean;
  /** Bytes of the answer that the system has not taken yet. */
  readonly unreadBytes: number;
  /** Called once: the answer has been taken, or the connection is gone. */
  onceOver(listener: () => void): void;
  /** Ends the connection as it is. */
  leave(): void;
}

/** A caller whose question Node's own HTTP server read. */
export class NodeCaller implements Caller {
  constructor(
    private readonly request: IncomingMessage,
    readonly response: ServerResponse,
  ) {}

  get url(): string {
    return this.request.url ?? '/';
  }

  get begun(): boolean {
    return this.response.headersSent;
  }

  begin(status: number, headers: readonly string[]): void {
    this.response.writeHead(status, headers as string[]);
  }

  end(body: Buffer | string): void {
    if (typeof body === 'string') this.response.end(body, 'latin1');
    else this.response.end(body);
  }

  get unreadBytes(): number {
    return this.response.writableLength;
  }

  onceOver(listener: () => void): void {
    this.response.once('close', listener);
  }

  leave(): void {
    this.response.destroy();
  }
}
