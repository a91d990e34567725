// Two processes of one router that talk: one tells the other something, or asks and gets an answer within a time.

/** A way for plain data and buffers, in order, both ways. */
export interface Port {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

type Message =
  | { readonly tell: string; readonly body: unknown }
  | { readonly ask: string; readonly id: number; readonly body: unknown }
  | { readonly answer: number; readonly body: unknown };

export class Peer {
  private readonly told = new Map<string, (body: unknown) => void>();
  private readonly asked = new Map<string, (body: unknown) => Promise<unknown>>();
  private readonly waiting = new Map<number, (body: unknown) => void>();
  private questions = 0;

  constructor(private readonly port: Port) {
    port.onMessage((message) => this.take(message as Message));
  }

  tell(name: string, body: unknown): void {
    this.port.send({ tell: name, body } satisfies Message);
  }

  /** @throws Error when no answer has come by then. */
  ask(name: string, body: unknown, withinMs: number): Promise<unknown> {
    const id = ++this.questions;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error(`no answer to ${name} within ${withinMs} ms`));
      }, withinMs);
      this.waiting.set(id, (body) => {
        clearTimeout(timer);
        resolve(body);
      });
      this.port.send({ ask: name, id, body } satisfies Message);
    });
  }

  onTell(name: string, listener: (body: unknown) => void): void {
    this.told.set(name, listener);
  }

  /** A listener that rejects leaves the question without an answer. */
  onAsk(name: string, listener: (body: unknown) => Promise<unknown>): void {
    this.asked.set(name, listener);
  }

  private take(message: Message): void {
    if (typeof message !== 'object' || message === null) return;
    if ('tell' in message) this.told.get(message.tell)?.(message.body);
    else if ('answer' in message) {
      this.waiting.get(message.answer)?.(message.body);
      this.waiting.delete(message.answer);
    } else if ('ask' in message) {
      void this.asked
        .get(message.ask)?.(message.body)
        .then(
          (body) => this.port.send({ answer: message.id, body } satisfies Message),
          () => undefined,
        );
    }
  }
}
