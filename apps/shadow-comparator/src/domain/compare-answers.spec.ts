// Every planted difference is found, named and quantified; and what is the same is never called different.
import fc from 'fast-check';
import { answer, compare, tensor } from './answers.fixture';
import { isAnswer, readJson } from './decode-answer';

const labels = (...data: string[]) => tensor('label', data);
const scores = (...data: unknown[]) => tensor('score', data, { datatype: 'FP64' });

describe('a planted difference', () => {
  it('in labels is found and told with its flips: 1 of 100', () => {
    const stable = Array.from({ length: 100 }, (_, i) => (i % 2 ? 'spam' : 'ham'));
    const shadow = stable.map((label, i) => (i === 31 ? 'ham' : label));
    const compared = compare(answer(labels(...stable)), answer(labels(...shadow)), { outputs: { label: 'label' } });
    expect(compared.verdict).toBe('mismatched');
    expect(compared.outputs['label']).toMatchObject({
      ...{ verdict: 'mismatched', rule: 'label', difference: 'label', differing: 1, items: 100 },
      stable: stable.slice(0, 10),
    });
    expect(compared.flips['label']).toEqual([
      { from: 'ham', to: 'ham', count: 50 },
      { from: 'spam', to: 'spam', count: 49 },
      { from: 'spam', to: 'ham', count: 1 },
    ]);
  });

  it('in scores is measured: a shift of 2 % beside a tolerance of 1 %, and within one of 3 %', () => {
    const [stable, shadow] = [answer(scores(0.5, 0.8)), answer(scores(0.51, 0.816))];
    const found = compare(stable, shadow, { outputs: { score: { relative: 0.01 } } }).outputs['score'];
    expect(found).toMatchObject({ verdict: 'mismatched', rule: 'tolerance', difference: 'value', differing: 2 });
    expect(found?.meanDifference).toBeCloseTo(0.013, 12);
    expect(found?.maxDifference).toBeCloseTo(0.016, 12);
    expect(compare(stable, shadow, { outputs: { score: { relative: 0.03 } } }).verdict).toBe('matched');
    expect(compare(stable, shadow, { outputs: { score: { absolute: 0.01, relative: 0.019 } } }).verdict).toBe(
      'mismatched',
    );
    expect(compare(stable, shadow, { outputs: { score: { absolute: 0.017 } } }).verdict).toBe('matched');
  });

  it('in classes given as probabilities is found by the greatest, whatever the numbers are', () => {
    const rows = (data: number[]) => answer(tensor('p', data, { shape: [2, 3] }));
    const compared = compare(rows([0.1, 0.7, 0.2, 0.5, 0.3, 0.2]), rows([0.3, 0.4, 0.3, 0.2, 0.3, 0.5]), {
      outputs: { p: { label: 'argmax' } },
    });
    expect(compared.outputs['p']).toMatchObject({ difference: 'label', differing: 1, items: 2, stable: ['1', '0'] });
    expect(compared.flips['p']).toContainEqual({ from: '0', to: '2', count: 1 });
  });

  it('in the order of a list is measured by Kendall’s tau and by what both have at the top', () => {
    const ranked = (...ids: string[]) => answer(tensor('hits', ids));
    const rules = (ranking: object) => ({ outputs: { hits: { ranking } } });
    const swapped = compare(ranked('a', 'b', 'c', 'd'), ranked('a', 'c', 'b', 'd'), rules({})).outputs['hits'];
    expect(swapped).toMatchObject({ verdict: 'mismatched', difference: 'order', overlap: 1 });
    expect(swapped?.tau).toBeCloseTo(1 - 2 / 6, 12);
    expect(compare(ranked('a', 'b', 'c'), ranked('c', 'b', 'a'), rules({})).outputs['hits']?.tau).toBe(-1);
    const other = compare(ranked('a', 'b', 'c'), ranked('a', 'x', 'b'), rules({ top: 2 })).outputs['hits'];
    expect(other).toMatchObject({ difference: 'order', overlap: 0.5, tau: 1 });
    expect(compare(ranked('a', 'b', 'c'), ranked('a', 'b', 'x'), rules({ top: 2 })).verdict).toBe('matched');
    expect(compare(ranked('a', 'b', 'c', 'd'), ranked('b', 'a', 'c', 'd'), rules({ tau: 0.6 })).verdict).toBe(
      'matched',
    );
    expect(compare(ranked('a', 'b'), ranked('a', 'b', 'c'), rules({ overlap: 0.9 })).outputs['hits']).toMatchObject({
      overlap: 2 / 3,
    });
  });

  it('in texts is found as they are, as readers see them, or by the share that stays', () => {
    const text = (value: string) => answer(tensor('reply', [value]));
    const by = (rule: unknown, a: string, b: string) =>
      compare(text(a), text(b), { outputs: { reply: { text: rule } } });
    expect(by('exact', 'Yes, sir', 'yes,  sir').outputs['reply']).toMatchObject({
      difference: 'text',
      verdict: 'mismatched',
    });
    expect(by('normalised', 'Yes, ﬁne sir', 'yes,  FINE sir ').verdict).toBe('matched');
    const changed = by({ similarity: 0.9 }, 'kitten', 'sitting').outputs['reply'];
    expect(changed).toMatchObject({ verdict: 'mismatched', difference: 'text' });
    expect(changed?.similarity).toBeCloseTo(1 - 3 / 7, 12);
    expect(by({ similarity: 0.5 }, 'kitten', 'sitting').verdict).toBe('matched');
  });

  it.each<[string, unknown, string]>([
    ['a missing output', answer(labels('a')), 'missing'],
    ['another type', answer(labels('a'), tensor('score', ['0.5'])), 'type'],
    ['another shape', answer(labels('a'), tensor('score', [0.5, 0.5])), 'shape'],
    ['another stated shape', answer(labels('a'), tensor('score', [0.5], { shape: [1, 1] })), 'shape'],
    [
      'NaN as a token',
      readJson('{"outputs":[{"name":"label","data":["a"]},{"name":"score","datatype":"FP64","data":[NaN]}]}')?.body,
      'not-finite',
    ],
    ['NaN as null', answer(labels('a'), scores(null)), 'not-finite'],
    ['an infinite number as text', answer(labels('a'), scores('-Infinity')), 'not-finite'],
    ['whole numbers', answer(labels('a'), tensor('score', [0.5], { datatype: 'INT64' })), 'type'],
    ['a probability above 1', answer(labels('a'), scores(1.2)), 'out-of-range'],
    ['a probability below 0', answer(labels('a'), scores(-0.1)), 'out-of-range'],
  ])('in structure is named: %s', (_what, shadow, difference) => {
    const rules = { outputs: { label: 'exact', score: { absolute: 10, probability: true } } };
    const { verdict, outputs } = compare(answer(labels('a'), scores(0.5)), shadow, rules);
    expect(verdict).toBe('mismatched');
    expect(outputs['score']).toMatchObject({ verdict: 'mismatched', rule: 'structure', difference });
    expect(outputs['label']).toMatchObject({ verdict: 'matched' });
  });

  it('in what no rule names is structural: one more output, another shape; its values are nobody’s business', () => {
    const rules = { outputs: { label: 'exact' } };
    const more = compare(answer(labels('a')), answer(labels('a'), scores(1)), rules);
    expect(more.outputs['score']).toMatchObject({ verdict: 'mismatched', difference: 'extra' });
    expect(compare(answer(labels('a'), scores(1)), answer(labels('a'), scores(2)), rules).verdict).toBe('matched');
    const ignored = { ...rules, others: 'ignore' };
    expect(compare(answer(labels('a')), answer(labels('a'), scores(1)), ignored).verdict).toBe('matched');
  });

  it('is found in every output where no output has a rule', () => {
    expect(compare(answer(labels('a'), scores(1)), answer(labels('a'), scores(2))).outputs['score']).toMatchObject({
      ...{ verdict: 'mismatched', rule: 'exact', difference: 'value', meanDifference: 1 },
    });
  });
});

describe('raw answers', () => {
  const body = { id: 'run-1', choices: [{ text: 'Hello there' }, { text: 'Bye' }], usage: { total: 12 }, at: 100 };

  it('are compared at the places that rules name', () => {
    const shadow = { ...body, choices: [{ text: 'hello  there' }, { text: 'Bye' }], usage: { total: 13 } };
    const rules = {
      outputs: {
        '$.choices[*].text': { text: 'normalised' },
        '$.usage.total': { relative: 0.01 },
        '$.no.where': 'exact',
      },
      others: 'ignore',
    };
    const { outputs } = compare(body, shadow, rules, 'raw');
    expect(Object.keys(outputs)).toEqual(['$.choices[*].text', '$.usage.total']);
    expect(outputs['$.choices[*].text']).toMatchObject({ verdict: 'matched', items: 2 });
    expect(outputs['$.usage.total']).toMatchObject({ verdict: 'mismatched', meanDifference: 1 });
    expect(compare(body, { choices: [] }, rules, 'raw').outputs['$.usage.total']).toMatchObject({
      difference: 'missing',
    });
  });

  it('are compared field by field where no rule is given; ignored places are counted apart', () => {
    const shadow = { ...body, id: 'run-2', at: 101 };
    expect(compare(body, shadow, {}, 'raw').outputs['$.id']).toMatchObject({ verdict: 'mismatched' });
    const { verdict, outputs } = compare(body, shadow, { ignore: ['$.id', '$.at'] }, 'raw');
    expect(verdict).toBe('matched');
    expect(outputs['$.id']).toMatchObject({ verdict: 'ignored', difference: 'value', stable: ['run-1'] });
    expect(outputs['$.usage']).toMatchObject({ verdict: 'matched' });
  });

  it('differ beside an ignored place all the same', () => {
    const nested = (id: number, value: number) => ({ meta: { id, value } });
    const rules = { ignore: ['$.meta.id'] };
    expect(compare(nested(1, 5), nested(2, 5), rules, 'raw').outputs['$.meta']).toMatchObject({ verdict: 'ignored' });
    expect(compare(nested(1, 5), nested(2, 6), rules, 'raw').outputs['$.meta']).toMatchObject({
      verdict: 'mismatched',
    });
  });

  it('are whole where they are no objects', () => {
    expect(compare('yes', 'no', {}, 'raw').outputs['$']).toMatchObject({ verdict: 'mismatched' });
  });
});

it('counts an ignored output apart, and it does not decide', () => {
  const { verdict, outputs } = compare(answer(labels('a'), scores(1)), answer(labels('a'), scores(2)), {
    outputs: { label: 'exact', score: 'exact' },
    ignore: ['score'],
  });
  expect(verdict).toBe('matched');
  expect(outputs['score']).toMatchObject({ verdict: 'ignored', meanDifference: 1 });
});

it('measures numbers that lie further apart than any number is great', () => {
  const [most, least] = [scores(Number.MAX_VALUE, 1), scores(-Number.MAX_VALUE, 1)];
  const { outputs } = compare(answer(most), answer(least), { outputs: { score: { absolute: 1 } } });
  expect(outputs['score']).toMatchObject({ differing: 1, maxDifference: Number.MAX_VALUE });
  expect(Number.isFinite(outputs['score']?.meanDifference)).toBe(true);
});

it('finds nothing where an answer is compared with itself, whatever it holds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.array(fc.jsonValue()))), fc.jsonValue(), (outputs, raw) => {
      const tensors = answer(...outputs.map(([name, data]) => tensor(name, data)));
      const copy = JSON.parse(JSON.stringify(tensors)) as unknown;
      expect(compare(tensors, copy).verdict).toBe('matched');
      expect(compare(raw, JSON.parse(JSON.stringify(raw)) as unknown, {}, 'raw').verdict).toBe('matched');
    }),
    { seed: 3, numRuns: 200 },
  );
});

it('never throws, whatever a shadow answers', () => {
  const rules = {
    outputs: {
      a: { ranking: {} },
      b: { text: { similarity: 0.5 } },
      c: { label: 'argmax' },
      d: { absolute: 1 },
      '$.x[*]': 'exact',
    },
  };
  const any = fc.jsonValue();
  const tensors = fc.array(
    fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), shape: any, data: any, datatype: any }),
  );
  fc.assert(
    fc.property(tensors, tensors, any, (stable, shadow, other) => {
      for (const second of [{ outputs: shadow }, other])
        expect(compare({ outputs: stable }, second, rules).verdict).toMatch(/matched/);
    }),
    { seed: 4, numRuns: 300 },
  );
});

it('knows what is an answer', () => {
  expect(isAnswer({ outputs: [] }, 'open-inference')).toBe(true);
  expect(isAnswer({ outputs: [{}] }, 'open-inference')).toBe(false);
  expect(isAnswer([], 'open-inference')).toBe(false);
  expect(readJson('<html>')).toBeUndefined();
  expect(readJson('{"a": "NaN", "b": -Infinity}')).toEqual({ body: { a: 'NaN', b: -Infinity } });
});
