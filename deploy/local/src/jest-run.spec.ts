import { add, withoutReport } from './jest-run';

describe('what Jest counted', () => {
  it('adds up over runs', () => {
    expect(add({ passed: 2, failed: 1, skipped: 0 }, { passed: 3, failed: 0, skipped: 4 })).toEqual({
      passed: 5,
      failed: 1,
      skipped: 4,
    });
  });

  it('is not shown to a person in its raw form', () => {
    expect(withoutReport('FAIL a.spec.ts\n{"numFailedTestSuites":1}\nTests: 1 failed')).toBe(
      'FAIL a.spec.ts\nTests: 1 failed',
    );
  });
});
