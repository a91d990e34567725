// Gathers a request's body, up to a limit.
import { type IncomingMessage } from 'node:http';

export type ReadBody =
  { readonly kind: 'body'; readonly bytes: Buffer } | { readonly kind: 'too-large' } | { readonly kind: 'left' };

const empty = Buffer.alloc(0);

export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  if (Number(request.headers['content-length']) > maxBytes) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        // the rest is read and forgotten, so that the caller gets to read the answer
        chunks.length = 0;
        resolve({ kind: 'too-large' });
      }
    });
    request.on('end', () =>
      resolve({ kind: 'body', bytes: chunks.length === 1 ? (chunks[0] ?? empty) : Buffer.concat(chunks, size) }),
    );
    request.on('error', () => resolve({ kind: 'left' }));
    request.on('close', () => resolve({ kind: 'left' }));
  });
}
