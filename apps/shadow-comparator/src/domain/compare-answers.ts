// Two answers to the same request: a verdict for each output, by its rule.
import { type ComparedOutput, type CompareRules, type Comparison } from '@weir/contracts';
import { checkStructure } from './check-structure';
import { compareLabels, labelsOf } from './compare-labels';
import { compareNumbers } from './compare-numbers';
import { compareRankings } from './compare-rankings';
import { compareTexts } from './compare-texts';
import { decodeAnswer, type Output, type Outputs, type Protocol } from './decode-answer';
import { type Flip, type Judged } from './judged';
import { itemsOf, type Items } from './output-items';
import { parsePath, without, type JsonPath } from './json-path';
import { sameValue } from './same-value';

export interface ComparedAnswers {
  readonly verdict: 'matched' | 'mismatched';
  readonly outputs: Readonly<Record<string, ComparedOutput>>;
  /** By output: labels from stable to shadow, of all items. */
  readonly flips: Readonly<Record<string, readonly Flip[]>>;
  /** By output: what is distributed, the first items of both. */
  readonly items: Readonly<Record<string, Items>>;
}

/** Rules made ready to be used many times. */
export interface PreparedRules {
  readonly rules: CompareRules;
  readonly protocol: Protocol;
  readonly places: readonly string[];
  readonly others: 'exact' | 'structure' | 'ignore';
  readonly ignoredNames: ReadonlySet<string>;
  readonly ignoredPlaces: readonly JsonPath[];
}

export function prepareRules(rules: CompareRules, protocol: Protocol): PreparedRules {
  const named = Object.keys(rules.outputs);
  const ignore = rules.ignore ?? [];
  return {
    ...{ rules, protocol, places: named },
    others: rules.others ?? (named.length === 0 ? 'exact' : 'structure'),
    ignoredNames: new Set(ignore),
    ignoredPlaces: ignore.filter((place) => place.startsWith('$')).map(parsePath),
  };
}

/** Bodies as JSON.parse gives them (NaN may stand in them). `ignored`: they differ where the rules say it does not matter, and only there. */
export function compareAnswers(stable: unknown, shadow: unknown, prepared: PreparedRules): ComparedAnswers {
  const whole = judge(stable, shadow, prepared);
  const differs = [...whole.values()].some(({ judged }) => judged.difference !== undefined);
  const { ignoredPlaces } = prepared;
  const pruned =
    differs && ignoredPlaces.length > 0
      ? judge(without(stable, ignoredPlaces), without(shadow, ignoredPlaces), prepared)
      : whole;
  const outputs: Record<string, ComparedOutput> = {};
  const flips: Record<string, readonly Flip[]> = {};
  const items: Record<string, Items> = {};
  for (const [name, one] of whole) {
    const left = pruned.get(name) ?? one;
    const verdict = verdictOf(name, one, left, prepared);
    const { flips: counted, ...told } = verdict === 'mismatched' ? left.judged : one.judged;
    outputs[name] = { verdict, ...told, ...one.shown };
    if (counted) flips[name] = counted;
    if (one.items && !prepared.ignoredNames.has(name)) items[name] = one.items;
  }
  const mismatched = Object.values(outputs).some(({ verdict }) => verdict === 'mismatched');
  return { verdict: mismatched ? 'mismatched' : 'matched', outputs, flips, items };
}

interface JudgedOutput {
  readonly judged: Judged;
  readonly shown: Pick<ComparedOutput, 'stable' | 'shadow'>;
  readonly items: Items | undefined;
}

function verdictOf(
  name: string,
  one: JudgedOutput,
  left: JudgedOutput,
  { ignoredNames }: PreparedRules,
): ComparedOutput['verdict'] {
  if (one.judged.difference === undefined) return 'matched';
  return ignoredNames.has(name) || left.judged.difference === undefined ? 'ignored' : 'mismatched';
}

function judge(stable: unknown, shadow: unknown, prepared: PreparedRules): Map<string, JudgedOutput> {
  const { protocol, places, others, rules } = prepared;
  const [a, b] = [decodeAnswer(stable, protocol, places), decodeAnswer(shadow, protocol, places)];
  const judged = new Map<string, JudgedOutput>();
  for (const name of namesOf(places, others === 'ignore' ? [] : [a, b])) {
    const rule = Object.hasOwn(rules.outputs, name) ? rules.outputs[name] : others;
    const [x, y] = [a.get(name), b.get(name)];
    if (rule === undefined || rule === 'ignore') continue;
    // a rule for what neither has: stable need not have it in each answer
    if (!x && !y) continue;
    judged.set(name, {
      judged: judgeOutput(x, y, rule),
      shown: { ...shown('stable', x, rule), ...shown('shadow', y, rule) },
      items: itemsOf(x, y, rule),
    });
  }
  return judged;
}

function namesOf(places: readonly string[], answers: readonly Outputs[]): Set<string> {
  return new Set([...places, ...answers.flatMap((answer) => [...answer.keys()])]);
}

function judgeOutput(stable: Output | undefined, shadow: Output | undefined, rule: Comparison | 'structure'): Judged {
  const ranked = typeof rule === 'object' && rule.ranking !== undefined;
  const probability = typeof rule === 'object' && rule.probability === true;
  const flaw = checkStructure(stable, shadow, { sized: !ranked, probability });
  const items = Math.max(stable?.values.length ?? 0, shadow?.values.length ?? 0);
  if (flaw) return { rule: 'structure', ...flaw, items };
  if (!stable || !shadow || rule === 'structure') return { rule: 'structure', differing: 0, items };
  return compareBy(stable, shadow, rule);
}

function compareBy(stable: Output, shadow: Output, rule: Comparison): Judged {
  if (rule === 'exact') return compareExactly(stable, shadow);
  if (rule === 'label') return compareLabels(stable, shadow, 'value');
  if (rule.label !== undefined) return compareLabels(stable, shadow, rule.label);
  if (rule.ranking) return compareRankings(stable, shadow, rule.ranking);
  if (rule.text !== undefined) return compareTexts(stable, shadow, rule.text);
  return compareNumbers(stable, shadow, rule);
}

/** Single values with their numbers, where they are numbers: a shift is worth knowing though no rule asks for it. */
function compareExactly(stable: Output, shadow: Output): Judged {
  const { meanDifference, maxDifference } = compareNumbers(stable, shadow, {});
  const differing = stable.values.filter((value, index) => !sameValue(value, shadow.values[index])).length;
  return {
    rule: 'exact',
    ...(differing > 0 && { difference: 'value' }),
    ...{ differing, items: stable.values.length },
    ...(meanDifference !== undefined && { meanDifference, maxDifference }),
  };
}

const mostShown = 10;
const longestShown = 256;

function shown(
  side: 'stable' | 'shadow',
  output: Output | undefined,
  rule: Comparison | 'structure',
): Pick<ComparedOutput, 'stable' | 'shadow'> {
  if (!output) return {};
  const byArgmax = typeof rule === 'object' && rule.label === 'argmax';
  const values = byArgmax ? labelsOf(output, 'argmax') : output.values;
  return { [side]: values.slice(0, mostShown).map(single) };
}

function single(value: unknown): string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, longestShown);
}
