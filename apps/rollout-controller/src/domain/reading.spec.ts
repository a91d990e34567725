// What a query's readings amount to: two above the limit in a row go back, no answer decides nothing.
import { rolloutManifest } from '@weir/contracts';
import { queryGuardrails } from './query-guardrails';
import { foldAnswer, isDue, judgeReadings, keyOf, numberOf, type Answer, type Reading } from './reading';
import { canaryOf, later, noon, place, stateOf } from './rollout.fixture';

const prometheus = { url: 'http://127.0.0.1:9090', query: 'queue_length', max: 10 };
const spec = canaryOf({
  every: '5s',
  guardrails: [
    { metric: 'error-rate', margin: 2 },
    { prometheus, must: 'pass' },
  ],
});
const [guardrail] = queryGuardrails(spec);
if (!guardrail) throw new Error('no guardrail');
const second = 1_000;
const number = (value: string): Answer => ({ kind: 'number', value });
const noData: Answer = { kind: 'no-data' };
const away: Answer = { kind: 'error', detail: 'connection refused' };

/** One asking each five seconds. */
function read(...answers: readonly Answer[]): Reading | undefined {
  return answers.reduce<Reading | undefined>(
    (before, answer, index) => foldAnswer(guardrail!, before, answer, later(5 * second * index)),
    undefined,
  );
}

function verdictOf(reading: Reading | undefined, now = reading?.at ?? noon, at = place(0, 0)) {
  const readings = reading ? { [keyOf(guardrail!)]: reading } : {};
  const [verdict] = judgeReadings([guardrail!], readings, stateOf('running', at), now);
  if (!verdict) throw new Error('no verdict');
  return verdict;
}

it.each<[string, Answer[], string]>([
  ['nothing yet', [], 'inconclusive'],
  ['a number at the limit', [number('10')], 'pass'],
  ['a number above it, once', [number('11')], 'inconclusive'],
  ['two in a row', [number('11'), number('1e+06')], 'fail'],
  ['infinity, twice', [number('+Inf'), number('+Inf')], 'fail'],
  ['a blip', [number('11'), number('9'), number('11')], 'inconclusive'],
  ['no data', [noData], 'inconclusive'],
  ['nobody there', [away], 'error'],
  ['nobody there, for long', [away, away, away], 'error'],
  ['a gap between two above it', [number('11'), away, number('11')], 'inconclusive'],
  ['no data between two above it', [number('11'), noData, number('11')], 'inconclusive'],
  ['a breach, whatever comes after it', [number('11'), number('11'), number('1')], 'fail'],
])('%s', (_what, answers, verdict) => {
  const seen = verdictOf(read(...answers));
  expect(seen).toMatchObject({ verdict, breached: verdict === 'fail', accepted: verdict === 'pass', must: true });
});

it('says the number, the limit and the query', () => {
  const { sentence, query, name } = verdictOf(read(number('11'), number('12.5')));
  expect([name, sentence]).toEqual([
    'prometheus',
    'prometheus is 12.5, above its limit of 10, 2 times in a row: queue_length',
  ]);
  expect(query).toEqual({ value: 12.5, max: 10, at: later(5 * second), above: 2 });
});

it('speaks for the step in which it was asked, while it is fresh; a breach for good', () => {
  const within = read(number('1'));
  expect(verdictOf(within, later(30 * second)).verdict).toBe('pass');
  expect(verdictOf(within, later(31 * second)).verdict).toBe('inconclusive');
  const next = { ...place(0, 1), startedAt: later(second) };
  expect(verdictOf(within, later(second), next)).toMatchObject({ verdict: 'inconclusive', accepted: false });
  expect(verdictOf(read(number('11'), number('11')), later(3_600 * second), next).verdict).toBe('fail');
});

it.each([
  ['100ms', 1_000],
  ['2s', 2_000],
  ['1h', 10_000],
])('is asked each step’s time, within reason: every %s gives %i ms', (every, askEveryMs) => {
  const [asked] = queryGuardrails(canaryOf({ every, guardrails: [{ prometheus }] }));
  expect(asked).toMatchObject({ askEveryMs, must: false });
});

it('is due when it was never asked, and each time its time has passed; not after a breach', () => {
  expect(isDue(guardrail, undefined, noon)).toBe(true);
  expect(isDue(guardrail, read(number('1')), later(4_999))).toBe(false);
  expect(isDue(guardrail, read(number('1')), later(5_000))).toBe(true);
  expect(isDue(guardrail, read(number('11'), number('11')), later(3_600 * second))).toBe(false);
});

it('is named by itself, or in the order of its stage; no name is given twice', () => {
  const named = { prometheus: { ...prometheus, name: 'queue' } };
  const names = queryGuardrails(canaryOf({ guardrails: [{ prometheus }, named, { prometheus }] }));
  expect(names.map(({ name }) => name)).toEqual(['prometheus', 'queue', 'prometheus-2']);
  const twice = { model: 'm', candidates: ['v2'], stages: [{ canary: { guardrails: [named, named] } }] };
  expect(rolloutManifest.safeParse(twice).error?.issues.map(({ path }) => path.join('.'))).toEqual([
    'stages.0.canary.guardrails.1.prometheus.name',
  ]);
});

it('has no part in alpha: it is asked of the stages so far', () => {
  const two = queryGuardrails(canaryOf({ steps: ['10%'] }, { guardrails: [{ prometheus }] }));
  expect(judgeReadings(two, {}, stateOf('running', place(0, 0)), noon)).toEqual([]);
  expect(judgeReadings(two, {}, stateOf('running', place(1, 0)), noon)).toHaveLength(1);
});

it.each([
  ['1', 1],
  ['-0.5', -0.5],
  ['1e+06', 1e6],
  ['2.5e-07', 2.5e-7],
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
  ['NaN', NaN],
  ['', NaN],
  ['0x10', NaN],
  ['one', NaN],
])('reads %j as %d', (text, value) => expect(numberOf(text)).toBe(value));
