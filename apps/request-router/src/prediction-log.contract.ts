// What every PredictionLog does, real or fake.
import { type PredictionServed } from '@weir/contracts';
import { eventuallyPasses } from '@weir/testing';
import { type PredictionEntry, type PredictionLog } from './ports';

export interface PredictionLogUnderTest {
  readonly log: PredictionLog;
  /** As a reader of the topic sees them by now. */
  events(): readonly PredictionServed[];
  /** From here on nothing can be kept any more. */
  fail(): void;
  close(): Promise<void>;
}

export function describePredictionLog(name: string, open: () => Promise<PredictionLogUnderTest>): void {
  describe(`${name}, as a prediction log`, () => {
    let test: PredictionLogUnderTest;
    beforeEach(async () => {
      test = await open();
    });
    afterEach(() => test.close());

    const ids = () => test.events().map(({ predictionId }) => predictionId);

    it('tells each record once, in order', async () => {
      for (let i = 0; i < 50; i++) test.log.record(buildEntry(`p-${i}`));
      await eventuallyPasses(() => expect(ids()).toEqual(Array.from({ length: 50 }, (_, i) => `p-${i}`)));
    });

    it('has what was appended once it says so', async () => {
      await Promise.all([1, 2, 3].map((i) => test.log.append(buildEntry(`a-${i}`))));
      await eventuallyPasses(() => expect([...ids()].sort()).toEqual(['a-1', 'a-2', 'a-3']));
    });

    it('tells the bodies as they passed', async () => {
      test.log.record(buildEntry('p'));
      await eventuallyPasses(() =>
        expect(test.events()[0]?.capture).toEqual({
          request: { kind: 'json', contentType: 'application/json', size: 8, body: { in: 1 } },
          response: { kind: 'base64', size: 12, body: Buffer.from('{},"arm":"x"').toString('base64') },
        }),
      );
    });

    it('says that it could not append, and never throws when it records', async () => {
      test.fail();
      await expect(test.log.append(buildEntry('lost'))).rejects.toThrow();
      expect(() => test.log.record(buildEntry('lost-too'))).not.toThrow();
    });
  });
}

export function buildEntry(predictionId: string): PredictionEntry {
  return {
    id: `id-of-${predictionId}`,
    decision: {
      arm: 'v1',
      weights: { v1: 10_000 },
      propensity: 1,
      epoch: 1,
      policyRevision: 1,
      reason: 'no-rollout',
      assignment: 'prediction',
    },
    facts: {
      predictionId,
      model: 'spam',
      armStatus: 'ok',
      armLatencyMs: 1,
      answeredBy: 'v1',
      attributes: {},
      status: 200,
      latencyMs: 1,
      servedAt: '2026-11-23T00:00:00.000Z',
    },
    capture: { request: true, response: true, maxBytes: 1_000, redact: [] },
    keepAnswer: false,
    request: { bytes: Buffer.from('{"in":1}'), contentType: 'application/json' },
    response: { bytes: Buffer.from('{},"arm":"x"'), contentType: undefined },
    traceparent: undefined,
  };
}
