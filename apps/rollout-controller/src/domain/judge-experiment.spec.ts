// What an experiment has come to at one look: out, harm, winner, no difference, inconclusive, or not yet.
import { type ExperimentView } from '@weir/contracts';
import { isOfExperiment } from './decision';
import { judgeExperiment } from './judge-experiment';
import { type ExperimentStagePlan } from './plan';
import { later, place, seenOf, verdictOf } from './rollout.fixture';
import { comparisonOf, experimentOf } from './experiment.fixture';
import { type Place } from './rollout';

const stage: ExperimentStagePlan = { kind: 'experiment', metric: 'correct', maxDurationMs: 60_000, decide: 'auto' };
const soon = later(10_000);
const end = later(60_000);

type Comparison = ExperimentView['comparisons'][number];

const better = comparisonOf({ shown: 'better', effect: 0.1, interval: [0.02, 0.18] });
const harmful = comparisonOf({ shown: 'worse', harmful: true, effect: -0.1, sentence: 'v2 is much worse.' });

function judge(
  comparisons: Comparison[],
  {
    seen = {},
    now = soon,
    candidates = ['v2'],
    at = place(0, 0),
    changes = {},
    broken = null,
    mayStillLead = false,
  }: Around = {},
) {
  const experiment = experimentOf(comparisons, { broken, mayStillLead });
  return judgeExperiment({ ...stage, ...changes }, at, seenOf({ experiment, ...seen }), candidates, now);
}

interface Around {
  seen?: Parameters<typeof seenOf>[0];
  now?: string;
  candidates?: string[];
  at?: Place;
  changes?: Partial<ExperimentStagePlan>;
  broken?: ExperimentView['sampleRatio']['broken'];
  mayStillLead?: boolean;
}

const decided = (kind: string, winner: string | null = null, then = 'go-on') => ({
  kind: 'decided',
  then,
  decision: { stage: 0, kind, winner },
});

it('waits, and says for what', () => {
  const judged = judge([comparisonOf({ sentence: 'v2 is not known yet.' })]);
  expect(judged).toEqual({ kind: 'held', waitingFor: ['v2 is not known yet.', 'time: 10 s of 60 s'] });
  expect(judgeExperiment(stage, place(0, 0), seenOf(), ['v2'], soon).kind).toBe('held');
});

it('crowns what is shown to be better, and says why and why now, with the numbers', () => {
  const judged = judge([better]);
  expect(judged).toMatchObject(decided('winner', 'v2'));
  if (judged.kind !== 'decided' || !isOfExperiment(judged.decision)) throw new Error('undecided');
  const { reason, at, comparisons, sampleRatio } = judged.decision;
  expect(reason).toMatch(/^winner after 10 s: v2 is shown to be better in correct\. .*no stage leaves its weights/);
  expect({ at, comparisons, broken: sampleRatio.broken }).toEqual({ at: soon, comparisons: [better], broken: null });
});

it('is decided by the metric that decides: another one that is better crowns nobody', () => {
  const other = comparisonOf({ metric: 'revenue', shown: 'better', effect: 9 });
  expect(judge([comparisonOf({}), other]).kind).toBe('held');
});

it('crowns the better of two, once the other cannot be better by the minimum effect', () => {
  const best = comparisonOf({ candidate: 'v3', shown: 'better', effect: 0.2 });
  const two = { candidates: ['v2', 'v3'] };
  expect(judge([better, best], two)).toMatchObject(decided('winner', 'v3'));
  expect(judge([better, best], { ...two, mayStillLead: true })).toMatchObject({
    kind: 'held',
    waitingFor: ['evidence: v2 may yet be better than v3 in correct', expect.stringContaining('time:') as string],
  });
  expect(judge([better, best], { ...two, mayStillLead: true, now: end })).toMatchObject(decided('winner', 'v3'));
});

it('takes less for more where less is better', () => {
  const down = { direction: 'down' as const, shown: 'better' as const };
  const [less, least] = [comparisonOf({ ...down, effect: -1 }), comparisonOf({ ...down, candidate: 'v3', effect: -2 })];
  expect(judge([less, least], { candidates: ['v2', 'v3'] })).toMatchObject(decided('winner', 'v3'));
});

it('ends with no difference only when every arm is the same', () => {
  const same = comparisonOf({ equivalent: true });
  const unknown = comparisonOf({ candidate: 'v3' });
  expect(judge([same])).toMatchObject(decided('no-difference'));
  expect(judge([same, unknown], { candidates: ['v2', 'v3'] }).kind).toBe('held');
  expect(judge([same, unknown], { candidates: ['v2'] })).toMatchObject(decided('no-difference'));
});

it('leaves out what is worse by the minimum effect in any metric, while others go on', () => {
  const unknown = comparisonOf({ candidate: 'v3' });
  const two = { candidates: ['v2', 'v3'] };
  const out = { kind: 'out', out: [{ version: 'v2', at: soon, reason: 'v2 is much worse.' }], by: undefined };
  expect(judge([harmful, unknown], two)).toMatchObject(out);
  const revenue = { ...harmful, metric: 'revenue' };
  expect(judge([comparisonOf({}), unknown, revenue], two)).toMatchObject(out);
  // before anyone is crowned
  expect(judge([harmful, { ...better, candidate: 'v3' }], two)).toMatchObject(out);
});

it('goes back with the last arm that is out', () => {
  const judged = judge([harmful]);
  expect(judged).toMatchObject({ ...decided('harm', null, 'go-back'), out: [{ version: 'v2' }] });
  expect(judge([harmful], { changes: { decide: 'manual' } })).toMatchObject(decided('harm', null, 'go-back'));
});

describe('guardrails', () => {
  const breached = verdictOf({ breached: true, verdict: 'fail', sentence: 'v2 errs.' });

  it('leave their arm out, or go back with the last', () => {
    expect(judge([better], { seen: { verdicts: [breached] } })).toMatchObject({
      ...decided('harm', null, 'go-back'),
      by: 'error-rate',
    });
    const two = { candidates: ['v2', 'v3'], seen: { verdicts: [breached] } };
    expect(judge([better], two)).toMatchObject({ kind: 'out', by: 'error-rate', out: [{ version: 'v2' }] });
  });

  it('hold whatever is off with the sample ratio, and go back for all where they are a query', () => {
    expect(judge([], { broken: 'serving', seen: { verdicts: [breached] } })).toMatchObject(
      decided('harm', null, 'go-back'),
    );
    const query = { ...breached, query: { value: 2, max: 1, at: soon, above: 2 } };
    expect(judge([], { candidates: ['v2', 'v3'], seen: { verdicts: [query] } })).toMatchObject({
      ...decided('harm', null, 'go-back'),
      out: [{ version: 'v2' }, { version: 'v3' }],
    });
  });

  it('of the arm that would win must pass where they are marked so', () => {
    const must = verdictOf({ must: true, sentence: 'not accepted yet.' });
    const held = judge([better], { seen: { verdicts: [must] } });
    expect(held).toMatchObject({ kind: 'held', waitingFor: ['not accepted yet.', 'time: 10 s of 60 s'] });
    expect(judge([better], { seen: { verdicts: [must] }, now: end })).toMatchObject(decided('inconclusive'));
    const accepted = { ...must, accepted: true };
    expect(judge([better], { seen: { verdicts: [accepted] } })).toMatchObject(decided('winner', 'v2'));
  });
});

describe('a sample ratio that is off', () => {
  it('withholds winners, sameness and harm in metrics, and ends as inconclusive', () => {
    for (const one of [better, comparisonOf({ equivalent: true }), harmful])
      expect(judge([one], { broken: 'join' })).toMatchObject({ kind: 'held' });
    const ended = judge([better], { broken: 'join', now: end });
    expect(ended).toMatchObject(decided('inconclusive'));
    expect(ended.kind === 'decided' && ended.decision.reason).toContain('look at join');
  });
});

it('crowns nobody before a unit could be counted in the sample ratio', () => {
  const experiment = experimentOf([better]);
  const { sampleRatio } = experiment;
  const awaited = { ...sampleRatio, assigned: { ...sampleRatio.assigned, verdict: 'inconclusive' as const } };
  expect(judge([better], { seen: { experiment: { ...experiment, sampleRatio: awaited } } })).toEqual({
    kind: 'held',
    waitingFor: ['sample ratio: no unit can be counted yet', 'time: 10 s of 60 s'],
  });
});

describe('at the maximum duration', () => {
  it.each([
    ['nothing shown', [comparisonOf({})], 'inconclusive', null],
    ['worse, if not by the minimum effect', [comparisonOf({ shown: 'worse' })], 'harm', null],
    ['nothing at all', [], 'inconclusive', null],
  ])('%s', (_what, comparisons, kind, winner) => {
    const judged = judge(comparisons, { now: end });
    expect(judged).toMatchObject({ kind: 'decided', decision: { kind, winner } });
    expect(judged.kind === 'decided' && judged.decision.reason).toContain('the maximum duration of 60 s is over');
  });

  it('waits for evidence that has been lost on the way: a person decides', () => {
    const torn = { index: 4, to: soon, came: 1, of: 2, waitedMs: 5_000 };
    expect(judge([better], { now: end, seen: { torn } })).toMatchObject({
      kind: 'held',
      waitingFor: [expect.stringContaining('window 4') as string],
    });
  });
});

describe('decide: manual', () => {
  const manual = { changes: { decide: 'manual' as const } };

  it('asks a person, once', () => {
    const judged = judge([better], manual);
    expect(judged).toMatchObject(decided('winner', 'v2', 'ask'));
    if (judged.kind !== 'decided') throw new Error('undecided');
    const at = { ...place(0, 0), decisions: [judged.decision] };
    expect(judge([better], { ...manual, at })).toEqual({
      kind: 'held',
      waitingFor: ['a person: v2 has won; promote it, or abort'],
    });
    expect(judge([harmful], { ...manual, at })).toMatchObject(decided('harm', null, 'go-back'));
  });
});
