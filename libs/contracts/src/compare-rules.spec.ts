// The rules of comparison: what a manifest may say, and what is refused with its path.
import { compareRules } from './compare-rules';
import { rolloutManifest } from './rollout-manifest';

const problems = (rules: object) =>
  compareRules.safeParse(rules).error?.issues.map(({ path }) => path.join('.')) ?? ['nothing'];

it('are those of the interface page, with nothing added', () => {
  const compare = { outputs: { label: 'exact', score: { absolute: 1e-3, relative: 1e-2 } }, agreement: 0.98 };
  expect(compareRules.parse(compare)).toEqual(compare);
  expect(compareRules.parse(undefined)).toEqual({ outputs: {}, agreement: 0.98 });
});

it('are read again as they were read: a policy carries what a manifest became', () => {
  const once = compareRules.parse({
    outputs: {
      label: 'label',
      probabilities: { label: 'argmax' },
      score: { absolute: 0.01, probability: true },
      hits: { ranking: { tau: 0.8 } },
      '$.choices[0].text': { text: { similarity: 0.9 } },
      "$['a b'][*].c": { text: 'normalised' },
    },
    others: 'ignore',
    ignore: ['id', '$.created'],
    exemplars: 3,
    redact: ['$.inputs[*].data'],
  });
  expect(compareRules.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  expect(once.outputs['hits']).toEqual({ ranking: { top: 10, tau: 0.8, overlap: 1 } });
});

it.each<[string, object, string]>([
  ['nothing to compare by', { outputs: { score: {} } }, 'outputs.score'],
  ['probability alone', { outputs: { score: { probability: true } } }, 'outputs.score'],
  ['two ways at once', { outputs: { score: { absolute: 1, text: 'exact' } } }, 'outputs.score'],
  ['a name that is none', { outputs: { 'a b': 'exact' } }, 'outputs.a b'],
  ['a path that is none', { redact: ['$..x'] }, 'redact.0'],
  ['too many exemplars', { exemplars: 101 }, 'exemplars'],
  ['an unknown rule', { outputs: { score: 'roughly' } }, 'outputs.score'],
])('refuse %s', (_what, rules, path) => {
  expect(problems(rules)).toEqual([path]);
});

it('stand in a shadow stage beside its pace', () => {
  const parse = (shadow: object) =>
    rolloutManifest.parse({ model: 'm', candidates: ['v2'], stages: [{ shadow }] }).stages[0];
  expect(parse({})).toMatchObject({ kind: 'shadow', pace: 'own', compare: { outputs: {}, agreement: 0.98 } });
  expect(parse({ pace: 'live' })).toMatchObject({ pace: 'live' });
  expect(() => parse({ pace: 'fast' })).toThrow();
});
