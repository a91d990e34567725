// Which questions the lane takes, and that it reads them as Node does.
import { randomOf } from '@weir/testing';
import { CompareWithNode } from './compare-with-node.fixture';
import { readPlainRequest } from './read-plain-request';

const seed = 20261123;
const read = (head: readonly string[], body = '{}') =>
  readPlainRequest(Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
const line = 'POST /v2/models/spam/infer HTTP/1.1';

it('takes a prediction whose question is all there', () => {
  const head = [line, 'Host: x', 'Content-Type: a/b', 'content-length:2', 'X-Weir-Unit: \xc3\xa4 ', 'authorization: k'];
  expect(read(head)).toEqual({
    url: '/v2/models/spam/infer',
    call: { kind: 'infer', model: 'spam', version: undefined },
    rawHeaders: [
      'host',
      'x',
      'content-type',
      'a/b',
      'content-length',
      '2',
      'x-weir-unit',
      '\xc3\xa4',
      'authorization',
      'k',
    ],
    contentType: 'a/b',
    traceparent: undefined,
    authorization: 'k',
    body: Buffer.from('{}'),
  });
  const pinned = read(['POST /v2/models/spam/versions/v1/infer HTTP/1.1', 'host: x', 'content-length: 2']);
  expect(pinned).toMatchObject({ call: { kind: 'infer', model: 'spam', version: 'v1' } });
});

it('waits for the rest of a body, and leaves what is behind one to Node', () => {
  const head = [line, 'host: x', 'content-length: 2'];
  expect(read(head, '{')).toBe('partial');
  expect(read(head, '')).toBe('partial');
  expect(read(head, '{}x')).toBe('foreign');
});

it.each([
  ['a head that is not all there', ['POST /v2/models/spam/infer HT'].join('')],
  ['another method', 'GET /v2/models/spam/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
  ['another path', 'POST /models/spam/predict HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
  ['a path that is escaped', 'POST /v2/models/sp%61m/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
  ['HTTP/1.0', 'POST /v2/models/spam/infer HTTP/1.0\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
  ['no host', `${line}\r\ncontent-length: 0\r\n\r\n`],
  ['two hosts', `${line}\r\nhost: x\r\nhost: x\r\ncontent-length: 0\r\n\r\n`],
  ['no length', `${line}\r\nhost: x\r\n\r\n`],
  ['two lengths', `${line}\r\nhost: x\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n`],
  ['a length and an encoding', `${line}\r\nhost: x\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n`],
  ['an expectation', `${line}\r\nhost: x\r\ncontent-length: 0\r\nexpect: 100-continue\r\n\r\n`],
  ['a connection that is to end', `${line}\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`],
  ['a folded line', `${line}\r\nhost: x\r\ncontent-length: 0\r\nx: a\r\n b\r\n\r\n`],
  ['a bare line feed', `${line}\nhost: x\r\ncontent-length: 0\r\n\r\n`],
  ['a head of more than 16 KiB', `${line}\r\nhost: x\r\ncontent-length: 0\r\nx: ${'x'.repeat(16_400)}\r\n\r\n`],
])('leaves %s to Node', (_, text) => {
  expect(readPlainRequest(Buffer.from(text, 'latin1'))).toBe('foreign');
});

it(`reads no question otherwise than Node (seed ${seed})`, async () => {
  const compared = new CompareWithNode();
  const random = randomOf(seed);
  for (let some = 0; some < 20; some++) await compared.compare(random, 500);
  expect(compared.tally.faults).toEqual([]);
  expect(compared.tally.plain).toBeGreaterThan(1_000);
  expect(compared.tally.partial).toBeGreaterThan(50);
});
