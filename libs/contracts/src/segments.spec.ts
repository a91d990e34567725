// What segments are called, and how many there may be.
import { admitSegment, segmentOf } from './segments';
import { canaryStage } from './stage-canary';

it('are called by the attributes that a stage names, after the segment that a decision has', () => {
  const attributes = { region: 'eu', plan: 'p'.repeat(100) };
  expect(segmentOf([], { attributes })).toBeUndefined();
  expect(segmentOf([], { attributes, segment: 'a' })).toBe('a');
  expect(segmentOf(['region', 'city'], { attributes })).toBe('region=eu,city=');
  expect(segmentOf(['plan'], { attributes, segment: 'a' })).toBe(`a,plan=${'p'.repeat(64)}`);
  expect(segmentOf(['constructor'], { attributes })).toBe('constructor=');
});

it('are told apart until there are fifty', () => {
  const told: string[] = [];
  for (let index = 0; index < 50; index += 1) expect(admitSegment(told, `s${index}`)).toBe(`s${index}`);
  expect(admitSegment(told, 's50')).toBe('*');
  expect(admitSegment(told, 's7')).toBe('s7');
  expect(told).toHaveLength(50);
});

it('are absent where a stage names none, so that a manifest of before is read as it was', () => {
  expect(canaryStage.parse({})).not.toHaveProperty('segments');
  expect(canaryStage.parse({ segments: ['region'] })).toMatchObject({ segments: ['region'] });
  expect(canaryStage.safeParse({ segments: ['a', 'b', 'c', 'd'] }).success).toBe(false);
});
