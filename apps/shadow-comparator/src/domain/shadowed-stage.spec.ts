// Stages as policies tell of them.
import { buildPolicy, buildSlice } from '@weir/testing';
import { shadowedStages } from './shadowed-stage';

const stageBy = (compare: object) => {
  const shadows = [{ version: 'v2', sampleBps: 10_000 }];
  const [stage] = shadowedStages(buildPolicy({ slices: [buildSlice({ kind: 'shadow', shadows, spec: { compare } })] }));
  return stage;
};

it('names its rules by what they say: the same ones by the same id, others by another, also where only what is ignored differs', () => {
  const rules = { outputs: { label: 'label' } };
  expect(stageBy(rules)?.rulesId).toBe(stageBy({ outputs: { label: 'label' } })?.rulesId);
  const ids = [rules, { outputs: { label: 'exact' } }, { ...rules, ignore: ['id'] }, { ...rules, ignore: ['time'] }];
  expect(new Set(ids.map((each) => stageBy(each)?.rulesId)).size).toBe(4);
});

it('is none where a slice has no shadow', () => {
  expect(shadowedStages(buildPolicy({ slices: [buildSlice({ shadows: [] })] }))).toEqual([]);
});
