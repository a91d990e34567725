// Eligibility: every kind of condition, and the names that must not find what objects inherit.
import { compileSegment, describeSegment } from './segment';

const lists = { 'beta-testers': ['ann', 'bob'] };

describe('a segment', () => {
  it.each([
    [{ region: 'eu' }, { region: 'eu' }, true],
    [{ region: 'eu' }, { region: 'EU' }, false],
    [{ region: 'eu' }, {}, false],
    [{ region: ['eu', 'us'] }, { region: 'us' }, true],
    [{ region: ['eu', 'us'] }, { region: 'asia' }, false],
    [{ app: { prefix: '2.' } }, { app: '2.14' }, true],
    [{ app: { prefix: '2.' } }, { app: '12.1' }, false],
    [{ age: { min: 18, max: 65 } }, { age: '18' }, true],
    [{ age: { min: 18, max: 65 } }, { age: '65.0' }, true],
    [{ age: { min: 18 } }, { age: '17.9' }, false],
    [{ age: { max: 65 } }, { age: '' }, false],
    [{ age: { max: 65 } }, { age: 'old' }, false],
    [{ age: { max: 65 } }, { age: 'NaN' }, false],
    [{ region: 'eu', age: { min: 18 } }, { region: 'eu', age: '20' }, true],
    [{ region: 'eu', age: { min: 18 } }, { region: 'eu' }, false],
    [{ constructor: { prefix: 'f' } }, {}, false],
  ])('%j on the attributes %j: %s', (when, attributes, fits) => {
    expect(compileSegment(when, lists)('ann', attributes as Record<string, string>)).toBe(fits);
  });

  it.each([
    [{ unit: { list: 'beta-testers' } }, 'ann', true],
    [{ unit: { list: 'beta-testers' } }, 'eve', false],
    [{ unit: { list: 'beta-testers' } }, undefined, false],
    [{ unit: { list: 'nobody-wrote-it' } }, 'ann', false],
    [{ unit: { list: 'constructor' } }, 'ann', false],
    [{ unit: 'ann' }, 'ann', true],
  ])('%j on the unit %j: %s', (when, unit, fits) => {
    expect(compileSegment(when, lists)(unit, { unit: 'ann' })).toBe(fits);
  });

  it('has one name, whatever the order in which it was written', () => {
    const one = describeSegment({ region: ['us', 'eu'], unit: { list: 'beta-testers' }, age: { min: 18 } });
    const other = describeSegment({ age: { min: 18 }, unit: { list: 'beta-testers' }, region: ['eu', 'us'] });
    expect(one).toBe('age=18..,region=eu|us,unit=@beta-testers');
    expect(other).toBe(one);
  });
});
