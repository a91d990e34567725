// The reader of answers: what it takes, what it refuses, however the bytes are cut up; and a few thousand generated answers against undici's
// own parser (npm run faults -- fuzzed-answers has ten million).
import { randomOf } from '@weir/testing';
import { mostHeadBytes } from './answer-reader';
import { compareReadings, newTally } from './compare-readings.fixture';

import { type Reading } from './llhttp-oracle.fixture';
import { readOwn } from './own-reading.fixture';

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;

/** In one piece and byte by byte: the same comes out. */
function read(text: string): Reading {
  const bytes = Buffer.from(text, 'latin1');
  const reading = readOwn([bytes], () => undefined);
  const dripped = readOwn(
    Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)),
    () => undefined,
  );
  expect({ ...dripped, problem: '' }).toEqual({ ...reading, problem: '' });
  return reading;
}

describe('an answer', () => {
  it.each([
    ['with a length', `${ok}content-length: 2\r\n\r\n{}`, { status: 200, body: '{}', keeps: true }],
    ['with a length of nothing', `${ok}content-length: 0\r\n\r\n`, { body: '', keeps: true }],
    ['without a reason', 'HTTP/1.1 500\r\ncontent-length: 1\r\n\r\nx', { status: 500, body: 'x', keeps: true }],
    [
      'in chunks',
      `${chunked}2\r\n{"\r\n0A\r\na":1234567\r\n1;x="\\"";y=z\r\n}\r\n0\r\nx-t: 1\r\n\r\n`,
      { body: '{"a":1234567}' },
    ],
    ['in chunks that look like answers', `${chunked}5\r\n0\r\n\r\n\r\n0\r\n\r\n`, { body: '0\r\n\r\n', keeps: true }],
    ['until the end', `${ok}connection: close\r\n\r\nabc`, { body: 'abc', keeps: false }],
    ['until the end, though it does not say that it ends', `${ok}\r\nabc`, { body: 'abc', keeps: false }],
    [
      'until the end, though it says that it stays',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc',
      { body: 'abc', keeps: false },
    ],
    ['of HTTP/1.0 until the end', 'HTTP/1.0 200 OK\r\n\r\nabc', { body: 'abc', keeps: false }],
    [
      'of HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 1\r\n\r\na',
      { keeps: true },
    ],
    ['of HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', { body: 'a', keeps: false }],
    ['to be the last', `${ok}Connection: x, Close\r\ncontent-length: 1\r\n\r\na`, { body: 'a', keeps: false }],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '', keeps: true }],
    ['304', 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\n\r\n', { status: 304, body: '', keeps: true }],
    [
      '304 that says how long its body would be',
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n',
      { body: '', keeps: false },
    ],
    [
      'after others',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${ok}content-length: 1\r\n\r\na`,
      { status: 200, headers: ['content-length', '1'], body: 'a', keeps: true },
    ],
    ['followed by bytes that nobody asked for', `${ok}content-length: 1\r\n\r\nab`, { body: 'a', keeps: false }],
  ])('%s is read', (_, text, expected) => {
    expect(read(text)).toMatchObject({ state: 'whole', ...expected });
  });

  it('has its headers by lower-case name, without the blanks around their values, whatever the names', () => {
    const { headers } = read(
      `${ok}X-A: 1\r\nx-a:\t 2 \t\r\nX-Empty:\r\n__proto__: p\r\nconstructor: c\r\nset-cookie: a\r\nx-obs: \xe9\xa0\r\nSet-Cookie: b\r\nSET-COOKIE: c\r\ncontent-length: 0\r\n\r\n`,
    );
    expect(headers).toEqual([
      ...['x-a', '1', 'x-a', '2', 'x-empty', '', '__proto__', 'p', 'constructor', 'c'],
      ...['set-cookie', 'a', 'set-cookie', 'b', 'set-cookie', 'c', 'x-obs', '\xe9\xa0', 'content-length', '0'],
    ]);
  });

  it.each([
    ['not HTTP', '220 smtp ready\r\n\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a status of zeros', 'HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a blank line before it', `\r\n${ok}content-length: 0\r\n\r\n`],
    ['a status line of two', 'HTTP/1.1 200\r OK\r\ncontent-length: 0\r\n\r\n'],
    ['another protocol, unasked', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
    ['two lengths', `${ok}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
    ['the same length twice', `${ok}content-length: 2\r\ncontent-length: 2\r\n\r\n{}`],
    ['a list of lengths', `${ok}content-length: 2, 2\r\n\r\n{}`],
    ['a signed length', `${ok}content-length: +2\r\n\r\n{}`],
    ['a hexadecimal length', `${ok}content-length: 0x2\r\n\r\n{}`],
    ['no digits for a length', `${ok}content-length: \r\n\r\n{}`],
    ['a length beyond counting', `${ok}content-length: 9999999999999999\r\n\r\n{}`],
    ['a tab behind a length', `${ok}content-length: 2\t\r\n\r\n{}`],
    ['a length and chunks', `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks within something', `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['chunks twice', `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks that are not quite', `${ok}transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a body with a 204', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}'],
    ['a folded header', `${ok}x: a\r\n b\r\ncontent-length: 0\r\n\r\n`],
    ['a blank before the colon', `${ok}content-length : 0\r\n\r\n`],
    ['a header without a colon', `${ok}x\r\ncontent-length: 0\r\n\r\n`],
    ['a header without a name', `${ok}: x\r\ncontent-length: 0\r\n\r\n`],
    ['a header with NUL', `${ok}x: a\0b\r\ncontent-length: 0\r\n\r\n`],
    ['a header with a bare CR', `${ok}x: a\rcontent-length: 5\r\ncontent-length: 0\r\n\r\n`],
    ['a header with a bare LF', `${ok}x: a\ncontent-length: 0\r\n\r\n`],
    ['lines that end in LF', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
    ['chunk sizes in words', `${chunked}zz\r\n{}\r\n0\r\n\r\n`],
    ['a signed chunk size', `${chunked}+2\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size with a blank', `${chunked}2 \r\n{}\r\n0\r\n\r\n`],
    ['a chunk size beyond counting', `${chunked}fffffffffffffff\r\n{}`],
    ['a chunk longer than its size', `${chunked}1\r\n{}\r\n0\r\n\r\n`],
    ['a chunk that ends in LF', `${chunked}2\r\n{}\n0\r\n\r\n`],
    ['a chunk size that ends in LF', `${chunked}2\n{}\r\n0\r\n\r\n`],
    ['a trailer that is none', `${chunked}0\r\nx\r\n\r\n`],
    ['an end of the connection in its trailers', `${chunked}0\r\nconnection: close\r\n\r\n`],
    ['a length in its trailers', `${chunked}0\r\ncontent-length: 2\r\n\r\n`],
    ['an end before its body has one', `${ok}content-length: 3\r\n\r\n{}`],
    ['an end before its last chunk', `${chunked}2\r\n{}\r\n0\r\n`],
    ['an end within its head', `${ok}content-length: 3\r\n`],
    [
      'an interim answer with a body',
      `HTTP/1.1 103 Early Hints\r\ncontent-length: 2\r\n\r\n{}${ok}content-length: 0\r\n\r\n`,
    ],
    ['interim answers without end', `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(17)}${ok}content-length: 0\r\n\r\n`],
    ['a head without end', `${ok}x: ${'y'.repeat(mostHeadBytes)}`],
    ['a head that is too long', `${ok}x: ${'y'.repeat(mostHeadBytes)}\r\ncontent-length: 0\r\n\r\n`],
    ['too many headers', `${ok}${'x: 1\r\n'.repeat(128)}content-length: 0\r\n\r\n`],
    ['a line between chunks without end', `${chunked}2;${'x'.repeat(5_000)}`],
    ['trailers without end', `${chunked}0\r\n${'x: 1\r\n'.repeat(4_000)}`],
  ])('with %s is broken', (_, text) => {
    const reading = read(text);
    expect(reading).toMatchObject({ state: 'broken', keeps: false });
    expect(reading.problem).not.toBe('');
  });
});

it('reads thousands of generated answers, good and mutilated, as undici does, or refuses them for a reason that is meant', () => {
  const tally = newTally();
  for (const seed of [20261123, 4]) compareReadings(randomOf(seed), 4_000, tally);
  expect(tally.faults).toEqual([]);
  expect(tally.answers).toBe(8_000);
  // neither side of it is empty
  expect(tally.same).toBeGreaterThan(2_000);
  expect(tally.refusedByBoth).toBeGreaterThan(2_000);
});
