import { parseWrk } from './run-wrk';

describe('the words of wrk', () => {
  it('holds the result on a line of its own', () => {
    const output =
      'Running 4s test\n  1 threads\n\nRESULT {"requests":10,"micros":4000000,"refused":0,"broken":0,"p50":7,"p99":9}\n';
    expect(parseWrk(output)).toMatchObject({ requests: 10, micros: 4_000_000, p99: 9 });
  });

  it('says what it saw instead', () => {
    expect(() => parseWrk('unable to connect')).toThrow('wrk gave no result: unable to connect');
  });
});
