// Logistic regression on the presence of features, by AdaGrad (Duchi, Hazan, Singer 2011).
import { shuffled, streamOf } from '../random';
import { featuresOf } from './features';
import { type ModelFile, rounded } from './model-file';
import { probability } from './score';
import { type Example } from './train-naive-bayes';

const learningRate = 0.05;
/** Mails that must have a feature for it to be kept. */
const leastMails = 5;

/** One pass: a second one gains a point that the example does not need and memorises mails it should not. */
export function trainLogisticRegression(examples: readonly Example[], seed: number): ModelFile {
  const features = examples.map(({ mail }) => [...featuresOf(mail)]);
  const vocabulary = frequentFeatures(features);
  const slots = new Map(vocabulary.map((feature, slot) => [feature, slot]));
  const rows = examples.map(({ label }, index) => toRow(features[index] ?? [], slots, label === 'spam'));
  const state = newState(vocabulary.length);
  for (const row of shuffled(rows, streamOf(seed, 'train'))) learn(state, row);
  const weights = Object.fromEntries(vocabulary.map((feature, slot) => [feature, rounded(state.weights[slot] ?? 0)]));
  return { kind: 'logistic regression', seed, bias: rounded(state.bias), weights };
}

interface Row {
  readonly slots: readonly number[];
  readonly spam: boolean;
  /** 1 / sqrt(features known): long mails weigh no more than short ones. */
  readonly scale: number;
}

interface State {
  readonly weights: Float64Array;
  readonly squaredGradients: Float64Array;
  bias: number;
  biasSquaredGradients: number;
}

function newState(size: number): State {
  return {
    weights: new Float64Array(size),
    squaredGradients: new Float64Array(size).fill(1e-8),
    bias: 0,
    biasSquaredGradients: 1e-8,
  };
}

function learn(state: State, row: Row): void {
  const { weights, squaredGradients } = state;
  let logit = 0;
  for (const slot of row.slots) logit += weights[slot] ?? 0;
  const error = probability(state.bias + logit * row.scale) - (row.spam ? 1 : 0);
  state.biasSquaredGradients += error * error;
  state.bias -= (learningRate * error) / Math.sqrt(state.biasSquaredGradients);
  const gradient = error * row.scale;
  for (const slot of row.slots) {
    const squared = (squaredGradients[slot] ?? 0) + gradient * gradient;
    squaredGradients[slot] = squared;
    weights[slot] = (weights[slot] ?? 0) - (learningRate * gradient) / Math.sqrt(squared);
  }
}

function toRow(features: readonly string[], slots: ReadonlyMap<string, number>, spam: boolean): Row {
  const known = features.map((feature) => slots.get(feature)).filter((slot) => slot !== undefined);
  return { slots: known, spam, scale: scaleOf(features.length) };
}

/** Features that the model does not know still make a mail long. */
export function scaleOf(features: number): number {
  return 1 / Math.sqrt(Math.max(features, 1));
}

function frequentFeatures(mails: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const features of mails) for (const feature of features) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= leastMails)
    .map(([feature]) => feature)
    .sort();
}
