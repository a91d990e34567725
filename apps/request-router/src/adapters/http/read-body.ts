// Gathers a request's body, up to a limit of its own and one of all bodies together.
import { type IncomingMessage } from 'node:http';

export type ReadBody =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  /** All bodies together are more than may be held. */
  | { readonly kind: 'no-room' }
  | { readonly kind: 'left' };

/** Counts the bytes that are held; those of a body are released by whoever got it, those of no body here. */
export interface Holder {
  hold(bytes: number): boolean;
  release(bytes: number): void;
}

const empty = Buffer.alloc(0);
const boundless: Holder = { hold: () => true, release: () => undefined };

export function readBody(request: IncomingMessage, maxBytes: number, holder: Holder = boundless): Promise<ReadBody> {
  if (Number(request.headers['content-length']) > maxBytes) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let over = false;
    const end = (read: ReadBody): void => {
      if (over) return;
      over = true;
      if (read.kind !== 'body') holder.release(size);
      chunks = [];
      resolve(read);
    };
    request.on('data', (chunk: Buffer) => {
      // what follows a refusal is read and forgotten, so that the caller gets to read the answer
      if (over) return;
      if (size + chunk.length > maxBytes) return end({ kind: 'too-large' });
      if (!holder.hold(chunk.length)) return end({ kind: 'no-room' });
      size += chunk.length;
      chunks.push(chunk);
    });
    request.on('end', () =>
      end({ kind: 'body', bytes: chunks.length === 1 ? (chunks[0] ?? empty) : Buffer.concat(chunks, size) }),
    );
    request.on('error', () => end({ kind: 'left' }));
    request.on('close', () => end({ kind: 'left' }));
  });
}
