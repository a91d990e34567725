// Waiting for a policy.
import { DependencyDown, RefusedRecords, type Received } from '@weir/bus';
import { type PolicyPublished, type PredictionServed } from '@weir/contracts';
import { buildPolicy, buildPredictionServed } from '@weir/testing';
import { AwaitPolicy } from './await-policy';

let nowMs: number;
let readUpToMs: number | undefined;
let policy: AwaitPolicy;

beforeEach(() => {
  nowMs = 5_000;
  readUpToMs = undefined;
  policy = new AwaitPolicy({ instantMs: () => Promise.resolve(readUpToMs) }, () => nowMs, 1_000);
});

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

function known(...revisions: [string, number][]): { policies: () => Promise<Map<string, PolicyPublished>> } {
  return {
    policies: () =>
      Promise.resolve(new Map(revisions.map(([model, revision]) => [model, buildPolicy({ model, revision })]))),
  };
}

/** The sweep, after the topic was read up to an instant. */
async function readUpTo(instantMs: number | undefined): Promise<void> {
  readUpToMs = instantMs;
  await policy.look();
}

it('lets records pass whose policy is known, or older than the known one', async () => {
  const policies = await policy.policiesOf(known(['spam', 3]), records({ policyRevision: 0 }, { policyRevision: 3 }));
  expect(policies.get('spam')?.revision).toBe(3);
});

it('waits however long the policies cannot be read, then refuses the records that name one that is not there, and only those', async () => {
  const chunk = records({ policyRevision: 9 }, { policyRevision: 3 });
  await expect(policy.policiesOf(known(['spam', 3]), chunk)).rejects.toThrow(DependencyDown);
  nowMs += 86_400_000; // a day without Kafka
  await readUpTo(undefined);
  await expect(policy.policiesOf(known(['spam', 3]), chunk)).rejects.toThrow(DependencyDown);
  await readUpTo(5_999); // not long after the record was here
  await expect(policy.policiesOf(known(['spam', 3]), chunk)).rejects.toThrow(DependencyDown);
  await readUpTo(6_000);
  expect(await refusals(policy.policiesOf(known(['spam', 3]), chunk))).toEqual(['0 unknown-policy']);
});

it('lets records pass whose policy came late', async () => {
  const chunk = records({ policyRevision: 4 });
  await expect(policy.policiesOf(known(['spam', 3]), chunk)).rejects.toThrow(DependencyDown);
  await readUpTo(6_000);
  expect((await policy.policiesOf(known(['spam', 4]), chunk)).size).toBe(1);
});

it('does not refuse for a policy that was applied while the known ones were being read', async () => {
  const chunk = records({ policyRevision: 4 });
  await expect(policy.policiesOf(known(['spam', 3]), chunk)).rejects.toThrow(DependencyDown);
  const reading = policy.policiesOf(known(['spam', 3]), chunk);
  await readUpTo(6_000);
  await expect(reading).rejects.toThrow(DependencyDown);
});

it('begins anew after a refusal: the policy may have come since, on its way to here', async () => {
  const bogus = records({ policyRevision: 99 });
  await expect(policy.policiesOf(known(['spam', 3]), bogus)).rejects.toThrow(DependencyDown);
  await readUpTo(6_000);
  expect(await refusals(policy.policiesOf(known(['spam', 3]), bogus))).toEqual(['0 unknown-policy']);
  nowMs = 7_000;
  await expect(policy.policiesOf(known(['spam', 3]), bogus)).rejects.toThrow(DependencyDown);
});

it('is not made to wait for ever by other partitions that pass meanwhile', async () => {
  const bogus = records({ policyRevision: 99 });
  await expect(policy.policiesOf(known(['spam', 3]), bogus)).rejects.toThrow(DependencyDown);
  await readUpTo(6_000);
  await policy.policiesOf(known(['spam', 3]), records({ policyRevision: 3 }));
  expect(await refusals(policy.policiesOf(known(['spam', 3]), bogus))).toEqual(['0 unknown-policy']);
});

it('asks how far the topic was read only while somebody waits', async () => {
  let asked = 0;
  const idle = new AwaitPolicy({ instantMs: () => Promise.resolve((asked += 1)) }, () => nowMs, 1_000);
  await idle.look();
  expect(asked).toBe(0);
  await expect(idle.policiesOf(known(), records({ policyRevision: 1 }))).rejects.toThrow(DependencyDown);
  await idle.look();
  expect(asked).toBe(1);
});

async function refusals(asked: Promise<unknown>): Promise<string[]> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof RefusedRecords) return error.refusals.map(({ record, code }) => `${record.offset} ${code}`);
    throw error;
  }
  return [];
}
