// What the router holds and knows now: load, records in memory, policies. Read when Prometheus asks.
import { type Metrics } from '@weir/service';
import { type Stale } from '../domain/stale-policies';
import { type LoadGuard } from './http/load-guard';

/** What a process has taken on. */
export function watchLoad(metrics: Metrics, load: Pick<LoadGuard, 'inFlight' | 'heldBytes' | 'shedShare'>): void {
  metrics.gauge({
    name: 'weir_router_in_flight',
    help: 'Predictions under way, all workers together.',
    collect() {
      this.set(load.inFlight);
    },
  });
  metrics.gauge({
    name: 'weir_router_held_bytes',
    help: 'Bytes of questions and unread answers in memory, all workers together.',
    collect() {
      this.set(load.heldBytes);
    },
  });
  metrics.gauge({
    name: 'weir_router_shed_share',
    help: 'Share of the predictions that is refused because the event loop is behind; of several workers that of the worst, 0 to 1.',
    aggregator: 'max',
    collect() {
      this.set(load.shedShare);
    },
  });
}

/** The records between the answer and the disk. */
export function watchRing(
  metrics: Metrics,
  ring: () => { readonly ringRecords: number; readonly ringBytes: number },
): void {
  metrics.gauge({
    name: 'weir_router_ring_records',
    help: 'Records of predictions that are in memory and not yet in the journal, all workers together.',
    collect() {
      this.set(ring().ringRecords);
    },
  });
  metrics.gauge({
    name: 'weir_router_ring_bytes',
    help: 'About how many bytes they are; at 32 MiB a worker the newest are dropped.',
    collect() {
      this.set(ring().ringBytes);
    },
  });
}

/** Revision and age of each model's policy. */
export function watchPolicies(
  metrics: Metrics,
  revisions: () => readonly { model: string; revision: number; publishedMs: number }[],
  nowMs: () => number,
): void {
  const revision = metrics.gauge({
    name: 'weir_router_policy_revision',
    help: 'Revision of the policy in force.',
    labelNames: ['model'],
    aggregator: 'min', // of the workers of a router
    collect: () => {
      revision.reset();
      for (const policy of revisions()) revision.set({ model: policy.model }, policy.revision);
    },
  });
  const age = metrics.gauge({
    name: 'weir_router_policy_age_seconds',
    help: 'Time since the policy in force was published.',
    labelNames: ['model'],
    aggregator: 'max',
    collect: () => {
      age.reset();
      for (const policy of revisions()) age.set({ model: policy.model }, (nowMs() - policy.publishedMs) / 1_000);
    },
  });
}

/** Whether the policies in force are known to be the latest. Asked of the one process that reads them. */
export function watchStaleness(metrics: Metrics, stale: () => Stale): void {
  const gauge = metrics.gauge({
    name: 'weir_router_policy_stale',
    help: '1: the model is served by a policy that may not be the latest: of the disk, or Kafka has been silent for 30 s. Else 0.',
    labelNames: ['model'],
    collect: () => {
      gauge.reset();
      for (const one of stale().models) gauge.set({ model: one.model }, one.stale ? 1 : 0);
    },
  });
  metrics.gauge({
    name: 'weir_router_policies_silent_seconds',
    help: 'Time since Kafka last answered the reader of policies, which asks every 10 s.',
    collect() {
      this.set(stale().silentMs / 1_000);
    },
  });
}
