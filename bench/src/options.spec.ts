import { parseOptions } from './options';

describe('the command line', () => {
  it('knows how many rounds a bench takes by itself', () => {
    expect(parseOptions(['router'])).toMatchObject({ command: 'router', rounds: 12, install: false });
    expect(parseOptions(['router', '--rounds', '2', '--json', 'x.json'])).toMatchObject({ rounds: 2, json: 'x.json' });
    expect(parseOptions(['table'])).toEqual({ command: 'table' });
  });

  it('names what there is where something else is asked for', () => {
    expect(() => parseOptions(['speed'])).toThrow(/There is no 'speed' yet: there are router.+ and table/);
    expect(() => parseOptions([])).toThrow("There is no ''");
  });

  it('names the option that is wrong', () => {
    expect(() => parseOptions(['router', '--rounds', '0'])).toThrow('--rounds takes a number from 1 to 1000');
    expect(() => parseOptions(['router', '--fast'])).toThrow("Unknown option '--fast'");
  });
});
