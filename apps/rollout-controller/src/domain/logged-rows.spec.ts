// Which logged predictions can say something of another choice, and what they say.
import { crossFit, evaluateOffPolicy, randomFrom } from '@weir/bandits';
import { type LoggedPrediction } from '@weir/contracts';
import { rowsOfShadow, rowsOfWeights } from './logged-rows';
import { offPolicySentence } from './off-policy-words';

const random = randomFrom(11);

/** On phones v1 is liked, on desktops v2; both were shown as often. */
function log(count: number): LoggedPrediction[] {
  return Array.from({ length: count }, (_, index) => {
    const device = random() < 0.5 ? 'phone' : 'desktop';
    const arm = random() < 0.5 ? 'v1' : 'v2';
    const rate = (arm === 'v1') === (device === 'phone') ? 0.5 : 0.2;
    const servedAt = new Date(Date.UTC(2026, 0, 1) + 1_000 * index).toISOString();
    return {
      ...{
        predictionId: `p-${index}`,
        arm,
        weights: { v1: 5_000, v2: 5_000 },
        propensity: 0.5,
        attributes: { device },
      },
      ...{ reward: random() < rate ? 1 : 0, servedAt },
    };
  });
}

const features = [{ attribute: 'device', values: ['phone', 'desktop'] }];

it('another allocation by segment earns what the segments earn, and the rows that it needs are all there', () => {
  const predictions = log(8_000);
  const segments = [{ when: { device: 'phone' }, weights: { v1: 10_000 } }];
  const chosen = rowsOfWeights({ predictions }, { weights: { v2: 10_000 }, segments, features }, {});
  expect(chosen).toMatchObject({
    method: 'weights',
    leftOut: 0,
    from: predictions[0]?.servedAt,
    to: predictions.at(-1)?.servedAt,
  });
  const found = evaluateOffPolicy(crossFit(chosen.decisions));
  expect(found.usable).toBe(true);
  for (const estimator of ['ips', 'snips', 'dr'] as const)
    expect(Math.abs((found[estimator] ?? NaN) - 0.5)).toBeLessThan(4 * (found.standardErrors[estimator] ?? 0));
});

it('a prediction in which an arm had no chance is left out and counted, an arm without a share is not asked for', () => {
  const [one, two] = log(2);
  if (!one || !two) throw new Error('two predictions');
  const predictions = [one, { ...two, weights: { v1: 10_000 }, arm: 'v1', propensity: 1 }];
  expect(rowsOfWeights({ predictions }, { weights: { v1: 5_000, v2: 5_000 } }, {})).toMatchObject({ leftOut: 1 });
  expect(rowsOfWeights({ predictions }, { weights: { v1: 10_000, v2: 0 } }, {})).toMatchObject({ leftOut: 0 });
  expect(rowsOfWeights({ predictions }, { weights: { toString: 10_000 } }, {})).toMatchObject({
    leftOut: 2,
    from: null,
  });
});

describe('a version that only ran in shadow', () => {
  const stable = (count: number) =>
    log(count).map((each) => ({ ...each, arm: 'v1', weights: { v1: 10_000 }, propensity: 1 }));

  it('of a truth metric is judged by its own answers', () => {
    const predictions = stable(1_000);
    const shadowed = predictions
      .slice(0, 800)
      .map(({ predictionId }, index) => ({ predictionId, same: false, worth: index % 4 === 0 ? 0 : 1 }));
    const chosen = rowsOfShadow({ type: 'truth', direction: 'up', predictions }, [
      ...shadowed,
      { predictionId: 'p-900', same: true, worth: null },
    ]);
    expect(chosen).toMatchObject({ method: 'judged-answers', leftOut: 200 });
    expect(evaluateOffPolicy(chosen.rows)).toMatchObject({ ips: 0.75, snips: 0.75, usable: true });
  });

  it('of a click says what its own answers would have earned where they are almost always stable’s, and refuses where they are not', () => {
    const predictions = stable(1_000);
    const alike = (part: number) =>
      predictions.map(({ predictionId }, index) => ({ predictionId, same: index % 100 < part, worth: null }));
    const of = (part: number) =>
      evaluateOffPolicy(rowsOfShadow({ type: 'binary', direction: 'up', predictions }, alike(part)).rows);
    expect(of(100)).toMatchObject({ usable: true, meanWeight: 1 });
    expect(of(60)).toMatchObject({ usable: false });
    expect(of(60).refusals[0]).toContain('the mean weight is 0.6');
  });
});

it('says what was found in one sentence, and what may not be used', () => {
  const predictions = log(4_000);
  const { decisions } = rowsOfWeights({ predictions }, { weights: { v1: 10_000 } }, {});
  const estimate = evaluateOffPolicy(crossFit(decisions));
  const found = {
    metric: 'clicked',
    method: 'weights',
    rows: 4_000,
    leftOut: 7,
    logged: { mean: 0.35, standardError: 0.01 },
  } as const;
  expect(offPolicySentence({ ...found, estimate })).toMatch(
    /^clicked would have been 0\.\d+ ± 0\.\d+ instead of 0\.35, over 4000 logged predictions; 7 say nothing of it: by the prob/,
  );
  const few = evaluateOffPolicy(crossFit(decisions.slice(0, 20)));
  expect(offPolicySentence({ ...found, rows: 20, leftOut: 0, estimate: few })).toMatch(
    /^Not to be used: the effective sample size is \d+/,
  );
  expect(offPolicySentence({ ...found, rows: 0, logged: null, estimate: null })).toMatch(
    /^0 logged predictions can say/,
  );
});
