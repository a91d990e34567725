// Answers that nest too deep to be followed.
import { type PredictionServed } from '@weir/contracts';
import { buildPolicy, buildPredictionServed, buildSlice } from '@weir/testing';
import { judgeOf, type Comparison } from './comparison';
import { judgeAnyPair } from './judge-any-pair';
import { planPair } from './pair-plan';
import { shadowedStages } from './shadowed-stage';

const at = '2026-11-23T00:00:00.000Z';
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
const answerWith = (data: string) => `{"outputs":[{"name":"label","shape":[1],"datatype":"BYTES","data":${data}}]}`;

function judged(request: string, stable: string, shadow: string): Comparison | string {
  const slice = buildSlice({ kind: 'shadow', arms: { v1: 10_000 }, shadows: [{ version: 'v2', sampleBps: 10_000 }] });
  const [stage] = shadowedStages(buildPolicy({ slices: [slice] }));
  if (!stage) throw new Error('the policy has a shadow');
  const body = (text: string) => ({ kind: 'json' as const, size: 1, body: JSON.parse(text) as unknown });
  const event: PredictionServed = {
    ...buildPredictionServed({ servedAt: at, weights: { v1: 10_000 } }),
    capture: { request: body(request), response: body(stable) },
  };
  const plan = planPair(event, stage, { version: 'v2', sampleBps: 10_000 }, { nowMs: Date.parse(at), maxAgeMs: 1_000 });
  if (plan.kind === 'skip') return plan.reason;
  const answer = { kind: 'answered', status: 200, text: shadow, latencyMs: 1 } as const;
  return judgeAnyPair({ event, judge: judgeOf(stage), shadow: 'v2', comparedAt: at }, plan, answer);
}

it('of the shadow are unreadable', () => {
  expect(judged('{}', answerWith('["a"]'), answerWith(deep))).toMatchObject({
    event: { result: 'failed', reason: 'unreadable' },
  });
});

it('of stable are no answers to compare with', () => {
  expect(judged('{}', answerWith(deep), answerWith('["a"]'))).toMatchObject({
    event: { result: 'skipped', reason: 'no-answer-captured' },
  });
  expect(judged('{}', answerWith(deep), answerWith(deep))).toMatchObject({
    event: { result: 'skipped', reason: 'no-answer-captured' },
  });
});

it('are not asked for: a request that nests too deep is not there whole', () => {
  expect(judged(deep, answerWith('["a"]'), answerWith('["a"]'))).toBe('not-captured');
});
