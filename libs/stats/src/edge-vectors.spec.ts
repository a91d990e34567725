// Calculators at the ends of what is asked - two units or 1e12, no variance, tails below 1e-100, ties - against other people's libraries.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { driftCalculator } from './calculate-drift';
import { guardrailCalculator } from './calculate-guardrail';
import { powerCalculator } from './calculate-power';
import { srmCalculator } from './calculate-sample-ratio';
import { sequentialCalculator } from './calculate-sequential';
import { twoSampleCalculator } from './calculate-two-sample';
import { type Calculated } from './calculated';
import { answerOf } from './shared-vectors.fixture';

interface EdgeVector {
  readonly calculator: keyof typeof calculators;
  readonly source: string;
  readonly question: object;
  /** Of the one comparison, where there are comparisons. */
  readonly expected: object;
}

const calculators = {
  'two-sample': twoSampleCalculator,
  sequential: sequentialCalculator,
  srm: srmCalculator,
  power: powerCalculator,
  guardrail: guardrailCalculator,
  drift: driftCalculator,
};

const vectors = JSON.parse(readFileSync(join(__dirname, 'edge-vectors.json'), 'utf8')) as EdgeVector[];

/** Numbers by path; an interval's ends and differences may be off by 1e-9 standard errors, all else by 1e-9 of itself. */
function expectAlike(found: unknown, expected: unknown, path: string, standardError = 0): void {
  if (typeof expected !== 'object' || expected === null) {
    if (typeof expected !== 'number') return expect([path, found]).toEqual([path, expected]);
    const near = /interval|difference/.test(path) ? standardError : 0;
    const off = Math.abs(Number(found) - expected) - 1e-9 * Math.max(Math.abs(expected), near);
    return expect([path, found, off <= 0]).toEqual([path, found, true]);
  }
  const own = 'standardError' in expected ? Number(expected.standardError) : standardError;
  for (const [name, each] of Object.entries(expected))
    expectAlike((found as Record<string, unknown> | undefined)?.[name], each, `${path}.${name}`, own);
}

it.each(vectors.map((vector, at) => [`${at} ${vector.calculator} as ${vector.source}`, vector] as const))(
  '%s',
  (_, { calculator, question, expected }) => {
    const calculate = calculators[calculator] as (asked: object) => Calculated<object>;
    const answer = answerOf(calculate(question));
    const comparisons = 'comparisons' in answer ? (answer.comparisons as object[]) : [answer];
    expectAlike(comparisons[0], expected, calculator);
  },
);
