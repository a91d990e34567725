// Latency bins.
import fc from 'fast-check';
import { fastestBin, latencyBin, latencyEdgesMs, slowestBin } from './latency-bins';

it('has 641 edges from 0.1 ms, doubling every 32', () => {
  expect(latencyEdgesMs).toHaveLength(641);
  expect(latencyEdgesMs[0]).toBe(0.1);
  expect(latencyEdgesMs[32]).toBeCloseTo(0.2, 12);
  expect(latencyEdgesMs[640]).toBeCloseTo(104_857.6, 6);
});

it('puts every edge into the bin that begins with it', () => {
  latencyEdgesMs.forEach((edge, index) => expect(latencyBin(edge)).toBe(index));
});

it('has a bin for what is under the first edge and for what is over the last', () => {
  expect(latencyBin(0)).toBe(fastestBin);
  expect(latencyBin(0.099)).toBe(-1);
  expect(latencyBin(1e9)).toBe(slowestBin);
  expect(latencyBin(Infinity)).toBe(640);
});

it('holds edge j <= latency < edge j+1', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 104_857, noNaN: true }), (latencyMs) => {
      const bin = latencyBin(latencyMs);
      expect(latencyEdgesMs[bin]).toBeLessThanOrEqual(latencyMs);
      expect(latencyEdgesMs[bin + 1]).toBeGreaterThan(latencyMs);
    }),
    { seed: 11, numRuns: 2_000 },
  );
});
