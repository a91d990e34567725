// Bernoulli naive Bayes on the most frequent words of the body: the fair baseline that a first version is.
import { type Label } from '../corpus';
import { type Mail } from '../mail/parse-mail';
import { bodyWords } from './features';
import { type ModelFile, rounded } from './model-file';

export interface Example {
  readonly label: Label;
  readonly mail: Mail;
}

const vocabularySize = 500;

/**
 * The log odds of naive Bayes are linear in the presence of words: what an absent word says goes into the bias,
 * what a present one says beyond that becomes its weight. Laplace's add-one smoothing.
 */
export function trainNaiveBayes(examples: readonly Example[], seed: number): ModelFile {
  const spam = documentCounts(examples.filter(({ label }) => label === 'spam'));
  const ham = documentCounts(examples.filter(({ label }) => label === 'ham'));
  let bias = Math.log(spam.documents / ham.documents);
  const weights: Record<string, number> = {};
  for (const word of mostFrequent(spam.counts, ham.counts)) {
    const inSpam = ((spam.counts.get(word) ?? 0) + 1) / (spam.documents + 2);
    const inHam = ((ham.counts.get(word) ?? 0) + 1) / (ham.documents + 2);
    const absent = Math.log((1 - inSpam) / (1 - inHam));
    bias += absent;
    weights[word] = rounded(Math.log(inSpam / inHam) - absent);
  }
  return { kind: 'Bernoulli naive Bayes', seed, bias: rounded(bias), weights };
}

interface DocumentCounts {
  readonly documents: number;
  readonly counts: ReadonlyMap<string, number>;
}

function documentCounts(examples: readonly Example[]): DocumentCounts {
  const counts = new Map<string, number>();
  for (const { mail } of examples) for (const word of bodyWords(mail)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { documents: examples.length, counts };
}

function mostFrequent(spam: ReadonlyMap<string, number>, ham: ReadonlyMap<string, number>): string[] {
  const words = [...new Set([...spam.keys(), ...ham.keys()])];
  const count = (word: string) => (spam.get(word) ?? 0) + (ham.get(word) ?? 0);
  return words
    .sort((a, b) => count(b) - count(a) || (a < b ? -1 : 1))
    .slice(0, vocabularySize)
    .sort();
}
