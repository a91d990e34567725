import { readAnswers } from './answers';

const answer = (status: number, body: string): string =>
  `HTTP/1.1 ${status} Some\r\ncontent-type: a/b\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('answers off a connection', () => {
  it('are read wherever they were cut', () => {
    const whole = Buffer.from(answer(200, '{"a":1}') + answer(503, ''));
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const first = readAnswers(whole.subarray(0, cut));
      const second = readAnswers(Buffer.concat([first.rest, whole.subarray(cut)]));
      expect([...first.statuses, ...second.statuses]).toEqual([200, 503]);
      expect(second.rest).toHaveLength(0);
    }
  });

  it('must say how long they are', () => {
    const chunked = Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    expect(() => readAnswers(chunked)).toThrow('without Content-Length');
  });
});
