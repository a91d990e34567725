import { difference, isQuiet, pairUp, quotient, type Visit } from './visits';

function visit(target: string, round: number, rps: number, foreignCores = 0, stealCores = 0): Visit {
  return { target, round, figures: { rps }, foreignCores, stealCores };
}

describe('visits set against each other', () => {
  const visits = [visit('weir', 1, 30), visit('nginx', 1, 100), visit('nginx', 2, 80, 0.5), visit('weir', 2, 20)];

  it('pairs those of the same round only', () => {
    const pairs = pairUp([...visits, visit('weir', 3, 1)], ['weir', 'nginx'], quotient('rps'));
    expect(pairs.map(({ round, value }) => [round, value])).toEqual([
      [1, 0.3],
      [2, 0.25],
    ]);
  });

  it('calls a pair quiet only where both were left in peace', () => {
    expect(pairUp(visits, ['weir', 'nginx'], quotient('rps')).map(({ quiet }) => quiet)).toEqual([true, false]);
  });

  it('counts what the host took as noise', () => {
    expect([isQuiet(visit('a', 1, 1, 0.2, 0.05)), isQuiet(visit('a', 1, 1, 0.2, 0.15))]).toEqual([true, false]);
  });

  it('gives differences too', () => {
    expect(pairUp(visits, ['nginx', 'weir'], difference('rps'))[0]?.value).toBe(70);
  });

  it('gives no number where a figure is missing', () => {
    expect(pairUp(visits, ['weir', 'nginx'], quotient('p99'))[0]?.value).toBeNaN();
  });
});
