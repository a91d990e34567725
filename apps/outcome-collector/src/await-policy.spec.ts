// Waiting for a policy.
import { DependencyDown, RefusedRecords, type Received } from '@weir/bus';
import { type PolicyPublished, type PredictionServed } from '@weir/contracts';
import { buildPolicy, buildPredictionServed } from '@weir/testing';
import { AwaitPolicy } from './await-policy';

let nowMs = 0;

function records(...events: Partial<PredictionServed>[]): Received<PredictionServed>[] {
  return events.map((some, offset) => {
    const record = {
      topic: 't',
      partition: 0,
      offset: String(offset),
      key: null,
      value: null,
      headers: {},
      timestampMs: 0,
    };
    return { event: buildPredictionServed(some), record };
  });
}

function known(...revisions: [string, number][]): Map<string, PolicyPublished> {
  return new Map(revisions.map(([model, revision]) => [model, buildPolicy({ model, revision })]));
}

it('lets records pass whose policy is known, or older than the known one', () => {
  new AwaitPolicy(10_000, () => nowMs).check(records({ policyRevision: 0 }, { policyRevision: 3 }), known(['spam', 3]));
  expect(nowMs).toBe(0);
});

it('waits for a policy that may come, then refuses the records that name it, and only those', () => {
  const policy = new AwaitPolicy(10_000, () => nowMs);
  const chunk = records({ policyRevision: 9 }, { policyRevision: 3 });
  expect(() => policy.check(chunk, known(['spam', 3]))).toThrow(DependencyDown);
  nowMs += 9_999;
  expect(() => policy.check(chunk, known(['spam', 3]))).toThrow(DependencyDown);
  nowMs += 1;
  expect(refusals(() => policy.check(chunk, known(['spam', 3])))).toEqual(['0 unknown-policy']);
});

it('is not made to wait for ever by other partitions that pass meanwhile', () => {
  const policy = new AwaitPolicy(10_000, () => nowMs);
  const bogus = records({ policyRevision: 99 });
  expect(() => policy.check(bogus, known(['spam', 3]))).toThrow(DependencyDown);
  nowMs += 10_000;
  policy.check(records({ policyRevision: 3 }), known(['spam', 3]));
  expect(refusals(() => policy.check(bogus, known(['spam', 3])))).toEqual(['0 unknown-policy']);
});

function refusals(check: () => void): string[] {
  try {
    check();
  } catch (error) {
    if (error instanceof RefusedRecords) return error.refusals.map(({ record, code }) => `${record.offset} ${code}`);
    throw error;
  }
  return [];
}
