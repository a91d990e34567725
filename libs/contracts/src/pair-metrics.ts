// The metrics under which the comparator tells of pairs (evidence with `source: comparator`): what a shadow stage is judged by.

/**
 * A row is of one pair of versions: its `weights` name both, all of the weight with the one that the row is about (its `arm`).
 * Beside these there are `result.<result>[.<reason>]` (how often each result came) and, of both versions on the same requests,
 * `error-rate`, `client-error-rate` and `latency`. Where the row is about one thing of several, `output` names it.
 */
export const pairMetrics = {
  /** 1 where a pair agrees, else 0: of all outputs; with `output` of that one. */
  agreement: 'agreement',
  /** Pairs that differ in a way that a rule ignores. */
  ignored: 'ignored',
  /** Of a numeric output: the mean over its items of shadow - stable. */
  difference: 'difference',
  /** 1 where only the shadow failed, -1 where only stable did, else 0. */
  errorDifference: 'error-difference',
  /** Natural logarithm of the shadow's latency by stable's, where both answered. */
  latencyRatio: 'latency-ratio',
  /** Who was right, once an outcome of a `truth` metric has come (`output` names the metric): each version's own value, of both arms. */
  right: 'right',
  /** The same of the pair: the shadow's value less stable's on the same outcome; 0 where both were right, or neither. */
  rightDifference: 'right-difference',
  /** How an output's values are distributed, of both arms: the row's histogram, in bins fixed on stable's first values. */
  distribution: 'distribution',
  /** What the shadow cost: n calls, of so many seconds in all. */
  modelSeconds: 'model-seconds',
} as const;
