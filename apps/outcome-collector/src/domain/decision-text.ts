// A decision as text: written once, for the database and for the cache.
import { type Decision } from './decision';

const texts = new WeakMap<Decision, string>();

export function decisionText(decision: Decision): string {
  const known = texts.get(decision);
  if (known !== undefined) return known;
  const text = JSON.stringify(decision);
  texts.set(decision, text);
  return text;
}

export function readDecision(text: string): Decision {
  return JSON.parse(text) as Decision;
}
