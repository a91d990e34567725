// How good a version is on mails it has never seen.
import { type Label, type LabelledMail } from '../corpus';
import { type ModelName } from './model-file';
import { type Classify, type LoadModel, type Model, spamFrom } from './versions';

export interface Evaluation {
  readonly mails: number;
  /** Mails that the version failed to answer; in no other figure. */
  readonly failed: number;
  /** Share of the answers that were right. */
  readonly accuracy: number;
  /** Ham called spam, and spam called ham. */
  readonly falseAlarms: number;
  readonly missed: number;
}

export function evaluate(classify: Classify, mails: readonly LabelledMail[]): Evaluation {
  const counts = { right: 0, failed: 0, falseAlarms: 0, missed: 0 };
  for (const { text, label } of mails) counts[judge(classify, text, label)]++;
  const { right, ...wrong } = counts;
  return { mails: mails.length, accuracy: right / (mails.length - wrong.failed), ...wrong };
}

function judge(classify: Classify, text: string, label: Label): 'right' | 'failed' | 'falseAlarms' | 'missed' {
  try {
    const answer = labelOf(classify(text));
    if (answer === label) return 'right';
    return answer === 'spam' ? 'falseAlarms' : 'missed';
  } catch {
    return 'failed';
  }
}

export function labelOf(score: number): Label {
  return score >= spamFrom ? 'spam' : 'ham';
}

/** Loads each model once: accuracy does not depend on how often v3 loads it, the time it takes to find out does. */
export function loadOnce(load: LoadModel): LoadModel {
  const models = new Map<ModelName, Model>();
  return (name) => {
    const model = models.get(name) ?? load(name);
    models.set(name, model);
    return model;
  };
}
