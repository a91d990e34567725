// The three versions of the spam filter: a fair baseline, a better one, and one that was deployed carelessly.
import { hash32 } from '../random';
import { parseMail } from '../mail/parse-mail';
import { bodyWords, featuresOf } from './features';
import { type ModelName, readModel } from './model-file';
import { probability, sumOfWeights, type Weights } from './score';
import { scaleOf } from './train-logistic-regression';

export const versionNames = ['v1', 'v2', 'v3'] as const;
export type VersionName = (typeof versionNames)[number];

/** Probability of spam, 0 to 1. Throws where the version fails to answer. */
export type Classify = (mail: string) => number;

export interface Model {
  readonly bias: number;
  readonly weights: Weights;
}

export type LoadModel = (name: ModelName) => Model;

/** From disk to a table, every time it is called. */
export const loadModel: LoadModel = (name) => {
  const { bias, weights } = readModel(name);
  return { bias, weights: new Map(Object.entries(weights)) };
};

export function loadVersion(version: VersionName, load: LoadModel = loadModel): Classify {
  switch (version) {
    case 'v1':
      return loadNaiveBayes(load);
    case 'v2':
      return loadLogisticRegression(load);
    case 'v3':
      return deployCarelessly(load);
  }
}

/** From this probability on, a mail is called spam. */
export const spamFrom = 0.5;

function loadNaiveBayes(load: LoadModel): Classify {
  const { bias, weights } = load('naive-bayes');
  return (mail) => probability(bias + sumOfWeights(weights, bodyWords(parseMail(mail))));
}

function loadLogisticRegression(load: LoadModel): Classify {
  const { bias, weights } = load('logistic-regression');
  return (mail) => {
    const features = featuresOf(parseMail(mail));
    return probability(bias + sumOfWeights(weights, features) * scaleOf(features.size));
  };
}

/** Of a thousand mails, those that v3 fails on. Always the same mails, so that no retry hides the fault. */
const failingOfThousand = 30;

/**
 * v2's weights, and three mistakes as real deployments make them:
 * - case is folded upwards, as style checkers advise for comparisons, but the weights were trained on lower case;
 * - the model is read and parsed for every request, as in the notebook that the handler was copied from;
 * - some mails meet an exception that nobody saw in a test.
 */
function deployCarelessly(load: LoadModel): Classify {
  return (mail) => {
    if (hash32(mail) % 1000 < failingOfThousand) throw new Error('the tokeniser failed');
    const { bias, weights } = load('logistic-regression');
    const features = new Set([...featuresOf(parseMail(mail))].map((feature) => feature.toUpperCase()));
    return probability(bias + sumOfWeights(weights, features) * scaleOf(features.size));
  };
}
