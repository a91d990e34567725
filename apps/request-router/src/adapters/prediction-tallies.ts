// What is counted of each prediction, by model, version and outcome: plain numbers on the path, metrics when Prometheus asks.
import { type ArmStatus } from '@weir/contracts';
import { Buckets, PerVersion, registerTally, type Metrics, type Reading } from '@weir/service';
import { type Observer } from '../ports';

const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const smallSeconds = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2];

interface Tally {
  readonly overhead: Map<ArmStatus, Buckets>;
  readonly upstream: Map<ArmStatus, Buckets>;
  firstByte: Buckets | undefined;
  fallbacks: number;
}

/** Whether a policy in force has that model, and that version of it where one is named. */
export type IsServed = (model: string, version?: string) => boolean;

export function predictionTallies({ registry }: Pick<Metrics, 'registry'>, isServed: IsServed): Observer['predicted'] {
  const tallies = new PerVersion<Tally>(
    () => ({ overhead: new Map(), upstream: new Map(), firstByte: undefined, fallbacks: 0 }),
    isServed,
  );
  for (const { type, name, help, read } of definitions)
    registerTally(registry, {
      ...{ type, name, help },
      read: () => tallies.entries().flatMap(({ labels, one }) => read(one, name, labels)),
    });
  return ({ prediction, assigned, fallback }, totalMs) => {
    const { status, version, latencyMs } = assigned;
    const tally = tallies.of(prediction.model, version);
    const upstreamMs = latencyMs + (fallback?.latencyMs ?? 0);
    bucketsOf(tally.upstream, status, seconds).observe(upstreamMs / 1_000);
    bucketsOf(tally.overhead, status, smallSeconds).observe(Math.max(0, totalMs - upstreamMs) / 1_000);
    if (fallback) tally.fallbacks++;
    const firstByteMs = prediction.stream?.passed?.firstByteMs;
    if (firstByteMs !== undefined) (tally.firstByte ??= new Buckets(seconds)).observe(firstByteMs / 1_000);
  };
}

interface Definition {
  readonly type: 'counter' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly read: (tally: Tally, name: string, labels: Readonly<Record<string, string>>) => Reading[];
}

const definitions: readonly Definition[] = [
  {
    type: 'counter',
    name: 'weir_router_predictions_total',
    help: 'Predictions by model, assigned version and what came of it there.',
    read: ({ overhead }, _, labels) =>
      [...overhead].map(([outcome, { count: value }]) => ({ labels: { ...labels, outcome }, value })),
  },
  {
    type: 'counter',
    name: 'weir_router_fallbacks_total',
    help: 'Predictions that stable was asked for because the assigned version failed.',
    read: ({ fallbacks }, _, labels) => (fallbacks > 0 ? [{ labels, value: fallbacks }] : []),
  },
  {
    type: 'histogram',
    name: 'weir_router_upstream_seconds',
    help: 'Time waited for model servers, fallback included.',
    read: ({ upstream }, name, labels) => byOutcome(upstream, name, labels),
  },
  {
    type: 'histogram',
    name: 'weir_router_overhead_seconds',
    help: "Weir's own time: a prediction's, from the question's last byte until it is recorded, less its time upstream.",
    read: ({ overhead }, name, labels) => byOutcome(overhead, name, labels),
  },
  {
    type: 'histogram',
    name: 'weir_router_first_byte_seconds',
    help: 'Raw models: from the whole question to the first byte of the answer, as the caller saw it.',
    read: ({ firstByte }, name, labels) => firstByte?.readings(name, labels) ?? [],
  },
];

function bucketsOf(some: Map<ArmStatus, Buckets>, outcome: ArmStatus, bounds: readonly number[]): Buckets {
  const known = some.get(outcome);
  if (known) return known;
  const made = new Buckets(bounds);
  some.set(outcome, made);
  return made;
}

function byOutcome(some: Map<ArmStatus, Buckets>, name: string, labels: Readonly<Record<string, string>>): Reading[] {
  return [...some].flatMap(([outcome, buckets]) => buckets.readings(name, { ...labels, outcome }));
}
