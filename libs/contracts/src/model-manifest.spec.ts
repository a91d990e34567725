// What a model's manifest may declare.
import { modelManifest } from './model-manifest';

function problemsOf(metrics: object): string[] {
  const read = modelManifest.safeParse({ versions: { v1: {} }, metrics });
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const clicked = { type: 'binary', within: '10m' };
const viewed = { type: 'numeric', within: '10m' };
const perView = { type: 'ratio', numerator: 'clicked', denominator: 'viewed' };

describe('a ratio', () => {
  it('is declared among the metrics and kept beside them', () => {
    const { metrics, ratios } = modelManifest.parse({
      versions: { v1: {} },
      metrics: { clicked, viewed, 'clicks-per-view': perView },
    });
    expect(Object.keys(metrics)).toEqual(['clicked', 'viewed']);
    expect(ratios).toEqual({
      'clicks-per-view': { numerator: 'clicked', denominator: 'viewed', direction: 'up' },
    });
  });

  it('is absent where none is declared', () => {
    expect(modelManifest.parse({ versions: { v1: {} }, metrics: { clicked } })).not.toHaveProperty('ratios');
  });

  it.each([
    [
      'of a metric that nobody declares',
      { clicked, ratio: perView },
      'metrics.ratio.denominator: no metric viewed is declared',
    ],
    [
      'of itself',
      { clicked, viewed, ratio: { ...perView, denominator: 'ratio' } },
      'metrics.ratio.denominator: ratio is a ratio itself',
    ],
    [
      'of one metric to the same',
      { clicked, ratio: { ...perView, denominator: 'clicked' } },
      'metrics.ratio.denominator: is the numerator',
    ],
    [
      'named as what exists already',
      { clicked, viewed, 'error-rate': perView },
      'metrics.error-rate: exists for every model and cannot be declared',
    ],
  ])('%s is refused', (_what, metrics, problem) => {
    expect(problemsOf(metrics)).toEqual([problem]);
  });
});

describe('a covariate', () => {
  const score = { type: 'output', output: 'score' };

  it('is another metric that is declared', () => {
    const { metrics } = modelManifest.parse({
      versions: { v1: {} },
      metrics: { score, clicked: { ...clicked, covariate: 'score' } },
    });
    expect(metrics['clicked']).toMatchObject({ type: 'binary', covariate: 'score' });
  });

  it.each([
    ['that nobody declares', { clicked: { ...clicked, covariate: 'score' } }, 'no metric score is declared'],
    [
      'that is a ratio',
      { clicked: { ...clicked, covariate: 'rate' }, viewed, rate: perView },
      'rate is a ratio, which has no past',
    ],
  ])('%s is refused', (_what, metrics, problem) => {
    expect(problemsOf(metrics)).toEqual([`metrics.clicked.covariate: ${problem}`]);
  });
});
