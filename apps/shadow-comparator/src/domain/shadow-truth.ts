// Was the shadow right? Its answers of what `truth` metrics judge, held against the outcome when it comes.
import { agrees } from '@weir/contracts';
import { decodeAnswer, type Output } from './decode-answer';
import { type ShadowedStage } from './shadowed-stage';

export type Said = string | number | boolean | null;

/** By metric: what was said of each item; null where that is no single value. */
export type ShadowAnswers = Readonly<Record<string, readonly Said[]>>;

const mostItems = 100;
const longest = 256;

/** Undefined where no metric has an output in the answer. */
export function shadowAnswersOf(body: unknown, { truths, protocol }: ShadowedStage): ShadowAnswers | undefined {
  const wanted = Object.entries(truths);
  if (wanted.length === 0) return undefined;
  const outputs = decodeAnswer(body, protocol, Object.values(truths));
  const said = wanted.flatMap(([metric, name]) => {
    const output = outputs.get(name);
    return output && output.values.length > 0 ? [[metric, itemsOf(output)] as const] : [];
  });
  return said.length === 0 ? undefined : Object.fromEntries(said);
}

/** Several values an item are no single one. */
function itemsOf({ values, width }: Output): Said[] {
  if (width > 1) return Array.from({ length: Math.min(mostItems, values.length / width) }, () => null);
  return values.slice(0, mostItems).map((value) => {
    if (typeof value === 'string') return value.slice(0, longest);
    return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? value : null;
  });
}

/** 1 or 0; undefined where the shadow said nothing of the item. */
export function wasRight(said: Said | undefined, truth: string | number | boolean): 0 | 1 | undefined {
  if (said === undefined || said === null) return undefined;
  return agrees(said, truth) ? 1 : 0;
}
