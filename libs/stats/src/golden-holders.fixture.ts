// Which spec holds which published vector, and why some are held by none: the table of docs/statistics.md is made of this.

export interface Holder {
  /** In ../shared/golden. */
  readonly file: string;
  /** Ids begin so; `=` before it: the id itself. */
  readonly prefix: string;
  /** The spec, and what in it is compared; or why there is none. */
  readonly by: { readonly spec: string; readonly what: string } | { readonly none: string };
}

const held = (file: string, spec: string, what: string, ...prefixes: string[]): Holder[] =>
  prefixes.map((prefix) => ({ file, prefix, by: { spec, what } }));
const none = (file: string, why: string, ...prefixes: string[]): Holder[] =>
  prefixes.map((prefix) => ({ file, prefix, by: { none: why } }));

const bandit = 'of the bandit: libs/bandits';

export const holders: readonly Holder[] = [
  ...held('t-tests-means', 'golden-fixed-horizon', 'calculator two-sample', 'gb-', 'spotify-'),
  ...held('t-tests-means', 'golden-distributions', 'Student’s t', 'scipy-from-stats'),
  ...held('proportions', 'golden-fixed-horizon', 'calculator two-sample', 'gb-', 'sm-ztest', 'fagerland-newcombe'),
  ...held('proportions', 'golden-distributions', 'chi-square of several', 'R-prop-test'),
  ...held('proportions', 'golden-distributions', 'unpooled standard error', 'propcis-wald', 'propcis-agresti-caffo'),
  ...held('non-inferiority', 'golden-fixed-horizon', 'calculator two-sample, one-sided', 'spotify-nim'),
  ...held('cuped', 'golden-evaluation', 'theta', 'gb-theta'),
  ...held('cuped', 'golden-evaluation', 'CUPED, relative, sequential', 'gb-cuped-sequential', 'gb-ratio-cuped'),
  ...held('sequential-mean-cs', 'golden', 'calculator sequential', 'gb-seq'),
  ...none('sequential-mean-cs', 'regression at any time: not a method here, CUPED takes its place', 'avlm-lm'),
  ...held('confseq-boundaries', 'golden', 'the sequence’s boundary', 'normal-two-sided'),
  ...held('confseq-boundaries', 'golden', 'an upper bound within 2 %', 'normal-one-sided'),
  ...held('confseq-boundaries', 'golden', 'band around cumulative shares', 'empirical-process-lil'),
  ...held('confseq-boundaries', 'golden', 'beta mixture, inverted', 'bernoulli-ci'),
  ...none('confseq-boundaries', 'gamma mixtures: not a method here', 'gamma-'),
  ...none('confseq-boundaries', 'stitched boundaries: not a method here', 'poly-stitching', 'double-stitching'),
  ...none('confseq-boundaries', 'quantiles are tested by slow events', 'quantile-ab'),
  ...held('msprt-asos', 'golden', 'p of the normal mixture (its posterior is not a method here)', 'asos-'),
  ...held('srm', 'golden', 'calculator srm', 'gb-srm', 'scipy'),
  ...held('bayes', 'golden-evaluation', 'normal posterior', 'gb-normal', 'gb-risk', 'gb-no-data', 'gb-quantile'),
  ...held('bayes', 'golden-evaluation', 'beta posterior', 'bt-binary-2'),
  ...none('bayes', bandit, 'bt-binary-3'),
  ...held('multiple-comparisons', 'golden-evaluation', 'Holm; Benjamini and Hochberg', 'R-multtest'),
  ...held('poisson-rates', 'golden-distributions', 'exact label test', 'gu-example-1', 'R-exactci-1.2-larger'),
  ...none('poisson-rates', 'intervals of one look: not a method here', 'R-exactci-minlike', 'ng-diff'),
  ...held('power-mde', 'golden-fixed-horizon', 'calculator power', 'R-pwr-t'),
  ...held(
    'power-mde',
    'golden-distributions',
    'relative power, normal',
    '=gb-power',
    'gb-mde',
    'gb-power-weeks',
    'R-pwr-2p',
  ),
  ...held('drift', 'golden-fixed-horizon', 'calculator drift', 'ks-', 'psi-'),
  ...none('drift', 'tests of tables: not a method here', 'evidently-fisher', 'deepchecks-cramers-v'),
  ...held('computed-references', 'golden', 'calculator guardrail', 'error-count-e-'),
  ...held('computed-references', 'golden', 'calculator srm', 'srm-dirichlet-'),
  ...held('computed-references', 'golden-evaluation', 'beta posterior', 'p-b-beats-a'),
  ...held('computed-references', 'golden-fixed-horizon', 'power of a sequence', 'sequential-power-'),
  ...held('computed-references', 'golden-fixed-horizon', 'recursive integration', 'pocock-', 'obrien-fleming-'),
  ...none('computed-references', bandit, 'p-best-beta', 'floor-', 'lai-robbins'),
  ...none('bandit-indices', bandit, ''),
  ...none('ope', bandit, ''),
];
