import { parseCores, parseMachine, parseProcess } from './proc-stat';

describe('what Linux counts', () => {
  it('adds user, nice and system time of all cores, and keeps what the host stole apart', () => {
    const text = 'cpu  100 20 30 4000 50 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n';
    expect(parseMachine(text)).toEqual({ work: 150, steal: 8 });
    expect(() => parseMachine('intr 5\n')).toThrow('no line of all cores');
  });

  it('reads a process whose name holds blanks and brackets', () => {
    const text =
      '4321 (node) (x) y) S 1 4300 4300 0 -1 4194304 10 20 0 0 150 50 7 3 20 0 11 0 999 1000000 2560 18446744073709551615';
    expect(parseProcess(text)).toEqual({ pid: 4321, parent: 1, own: 200, reaped: 10, residentPages: 2560 });
  });

  it('reads lists of cores', () => {
    expect(parseCores('0-2,5\n')).toEqual([0, 1, 2, 5]);
    expect(parseCores('3')).toEqual([3]);
  });
});
