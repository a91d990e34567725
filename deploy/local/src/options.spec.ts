import { parseOptions } from './options';

describe('the command line', () => {
  it('starts everything when nothing is asked', () => {
    expect(parseOptions(['start'])).toEqual({ command: 'start', bare: false, once: false, reset: false, routers: 1 });
  });

  it('takes values behind a blank and behind an equals sign', () => {
    expect(parseOptions(['start', '--routers', '3', '--once', '--only', 'canary'])).toMatchObject({
      routers: 3,
      once: true,
      only: 'canary',
    });
    expect(parseOptions(['start', '--routers=2', '--only=canary'])).toMatchObject({ routers: 2, only: 'canary' });
  });

  it.each([
    [['start', '--rooters', '2'], '--rooters'],
    [['start', '--routers'], '--routers takes a number'],
    [['start', '--routers', '0'], '--routers takes a number'],
    [['start', '--only'], '--only takes a value'],
    [['start', '--bare', '--once'], 'choose one'],
    [['test', 'everything'], 'everything'],
    [['halt'], 'halt'],
  ])('refuses %j, naming what is wrong', (args, named) => {
    expect(() => parseOptions(args)).toThrow(named);
  });

  it('hands what follows the part of the tests to Jest', () => {
    expect(parseOptions(['test', 'int', 'libs/bus', '-t', 'lane', '--keep'])).toEqual({
      command: 'test',
      part: 'int',
      keep: true,
      rest: ['libs/bus', '-t', 'lane'],
    });
  });

  it('takes the first word of faults as the fault', () => {
    expect(parseOptions(['faults', 'kafka-away'])).toMatchObject({ id: 'kafka-away', rest: [] });
    expect(parseOptions(['faults'])).toMatchObject({ id: undefined });
  });
});
