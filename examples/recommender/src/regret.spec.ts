// What was earned beside what could have been, and what the example takes for a failure.
import { accountLines, accountOf, deviceLines, type Chance } from './regret';
import { problemsOf, type Part } from './tell-story';

const chance = (arm: 'v1' | 'v2' | 'v3', device: string, v1: number, v2: number, v3: number): Chance => ({
  ...{ arm, device, probabilities: { v1, v2, v3 } },
});

const phone = (arm: 'v1' | 'v2' | 'v3') => chance(arm, 'phone', 0.4, 0.1, 0.1);
const desktop = (arm: 'v1' | 'v2' | 'v3') => chance(arm, 'desktop', 0.1, 0.3, 0.1);

it('counts expected clicks of what was done, of each version alone, of an even split, and by device', () => {
  const account = accountOf([phone('v1'), phone('v2'), desktop('v2'), desktop('v3')]);
  expect(account).toMatchObject({ predictions: 4, best: 'v1', shares: { v1: 0.25, v2: 0.5, v3: 0.25 } });
  expect(account.earned).toBeCloseTo(0.9, 12);
  expect(account.alone).toEqual({ v1: 1, v2: expect.closeTo(0.8, 12) as number, v3: 0.4 });
  expect(account.regret).toBeCloseTo(0.1, 12);
  expect(account.split).toBeCloseTo(2.2 / 3, 12);
  expect(account.byDevice).toBeCloseTo(1.4, 12);
  expect(accountLines(account)[2]).toBe('lost 0 against v1, the best single one; an even split would have lost 0');
  expect(account.sharesOn['desktop']).toEqual({ v1: 0, v2: 0.5, v3: 0.5 });
  expect(deviceLines(account)).toEqual(['desktop: v1 0 %, v2 50 %, v3 50 %', 'phone: v1 50 %, v2 50 %, v3 0 %']);
  const better = accountOf([phone('v1'), desktop('v2')]);
  expect(accountLines(better)[2]).toMatch(/^earned 0 more than v1/);
});

describe('the example fails', () => {
  const part = (manifest: Part['manifest'], chances: readonly Chance[]): Part => {
    const account = accountOf(chances);
    return { manifest, whole: account, late: account, weights: {} };
  };

  it('where a poor version keeps its traffic, or the bandit earned no more than an even split', () => {
    expect(
      problemsOf([
        part(
          'bandit',
          Array.from({ length: 20 }, () => phone('v1')),
        ),
      ]),
    ).toEqual([]);
    expect(problemsOf([part('bandit', [phone('v1'), phone('v1'), phone('v3')])])[0]).toContain('v3 still has 33 %');
    expect(problemsOf([part('bandit', [phone('v2'), phone('v2')])])).toContain(
      'bandit: it lost as much as an even split would have',
    );
  });

  it('where telling devices apart earned no more than the best single version', () => {
    expect(problemsOf([part('by-device', [phone('v1'), desktop('v2')])])).toEqual([]);
    expect(problemsOf([part('by-device', [phone('v1'), desktop('v1')])])[0]).toContain('no more than the best single');
  });
});
