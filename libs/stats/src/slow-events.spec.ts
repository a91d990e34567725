// Latency as slow events.
import {
  addSlowEvents,
  burnIn,
  chooseEdge,
  effectiveRatio,
  marginEdges,
  noSlowEvents,
  quantileEdge,
} from './slow-events';
import { type Cell } from './window-cells';

const cell = (baseline: Record<string, number>, candidate: Record<string, number>): Cell => ({
  share: 0.1,
  baseline: { n: 0, sum: 0, sumSquares: null, histogram: baseline },
  candidate: { n: 0, sum: 0, sumSquares: null, histogram: candidate },
});

it('takes a margin in whole edges, rounded up: 1.3 is 13 edges, 1.325 in effect; 2 is 32; 1 is none', () => {
  expect([1.3, 2, 1].map(marginEdges)).toEqual([13, 32, 0]);
  expect(effectiveRatio(1.3)).toBeCloseTo(1.3252, 4);
});

it('chooses the first edge below which the quantile lies, from 20/(1 - p) answers on', () => {
  expect([0.5, 0.95, 0.99].map(burnIn)).toEqual([40, 400, 2_000]);
  expect(chooseEdge({ 100: 380, 120: 19 }, 0.95)).toBeNull();
  expect(chooseEdge({ 100: 380, 120: 20 }, 0.95)).toBe(101);
  expect(chooseEdge({ 100: 379, 120: 21 }, 0.95)).toBe(121);
  expect(quantileEdge({ 640: 10 }, 0.95)).toBeNull();
});

it('counts stable above the edge and the candidate above the edge times the margin, failures above every edge', () => {
  const rows = cell({ 100: 50, 101: 3, 640: 1 }, { 110: 7, 133: 2, 640: 1 });
  const events = addSlowEvents(noSlowEvents, rows, 101, 2);
  expect(events.labels).toEqual({ firstShare: 0.1, candidate: 3, shares: [{ share: 0.1, events: 7 }] });
  expect(events.stable).toEqual({ 100: 50, 101: 3, 640: 1 });
});

it('tests nothing before there is an edge, nor where the margin leads beyond the scale', () => {
  for (const edge of [null, 630])
    expect(addSlowEvents(noSlowEvents, cell({ 635: 1 }, { 640: 9 }), edge, 2).labels.shares).toEqual([]);
});
