// Reads answers of HTTP/1.1 with a Content-Length off a connection, no more of them than a benchmark must know.

export interface Read {
  /** HTTP status of each answer that became whole. */
  readonly statuses: readonly number[];
  readonly rest: Buffer;
}

const headEnd = Buffer.from('\r\n\r\n');

/** @throws Error at an answer without a Content-Length: nobody here sends one. */
export function readAnswers(buffer: Buffer): Read {
  const statuses: number[] = [];
  let at = 0;
  for (;;) {
    const end = buffer.indexOf(headEnd, at);
    if (end < 0) break;
    const head = buffer.toString('latin1', at, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer without Content-Length: ${head.slice(0, 200)}`);
    const next = end + headEnd.length + Number(length);
    if (next > buffer.length) break;
    statuses.push(Number(head.slice(9, 12)));
    at = next;
  }
  return { statuses, rest: at === 0 ? buffer : buffer.subarray(at) };
}
