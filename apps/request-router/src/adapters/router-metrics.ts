// The router's own figures. Labels come from the policy, never from callers, so their number is bounded.
import { cappedLabel, type Metrics } from '@weir/service';
import { type ShedReason } from './http/load-guard';
import { type DecisionObserver, type Observer } from '../ports';

const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const smallSeconds = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2];

type Figures = Pick<Observer, 'predicted'> &
  DecisionObserver & {
    refused(status: number): void;
    shed(reason: ShedReason): void;
    replyFailed(): void;
  };

export function routerMetrics(metrics: Metrics): Figures {
  const refused = metrics.counter({
    name: 'weir_router_refused_total',
    help: "Weir's own refusals by status.",
    labelNames: ['status'],
  });
  const shed = metrics.counter({
    name: 'weir_router_shed_total',
    help: 'Calls refused for want of room: predictions under way, bytes held, the event loop behind.',
    labelNames: ['reason'],
  });
  const replies = metrics.counter({
    name: 'weir_router_reply_failures_total',
    help: 'Answers that could not be copied to a reply topic.',
  });
  return {
    predicted: predictionFigures(metrics),
    ...decisionFigures(metrics),
    refused: (status) => refused.inc({ status: String(status) }),
    shed: (reason) => shed.inc({ reason }),
    replyFailed: () => replies.inc(),
  };
}

/** Only models and versions of the policy come here. */
function decisionFigures(metrics: Metrics): DecisionObserver {
  const decisions = metrics.counter({
    name: 'weir_router_decisions_total',
    help: 'Decisions for callers that call the model themselves.',
    labelNames: ['model', 'version'],
  });
  const reports = metrics.counter({
    name: 'weir_router_reports_total',
    help: 'Reports of such callers, repeated ones included.',
    labelNames: ['model'],
  });
  return {
    decided: (model, version) => decisions.inc({ model, version }),
    reported: (model) => reports.inc({ model }),
  };
}

function predictionFigures(metrics: Metrics): Observer['predicted'] {
  const perVersion = ['model', 'version'];
  const predictions = metrics.counter({
    name: 'weir_router_predictions_total',
    help: 'Predictions by model, assigned version and what came of it there.',
    labelNames: [...perVersion, 'outcome'],
  });
  const fallbacks = metrics.counter({
    name: 'weir_router_fallbacks_total',
    help: 'Predictions that stable was asked for because the assigned version failed.',
    labelNames: perVersion,
  });
  const upstream = metrics.histogram({
    name: 'weir_router_upstream_seconds',
    help: 'Time waited for model servers, fallback included.',
    labelNames: perVersion,
    buckets: seconds,
  });
  const firstByte = firstByteFigure(metrics);
  const overhead = metrics.histogram({
    name: 'weir_router_overhead_seconds',
    help: "A prediction's time less its time upstream.",
    labelNames: ['model'],
    buckets: smallSeconds,
  });
  const [modelLabel, versionLabel] = [cappedLabel(200), cappedLabel(500)];
  return ({ prediction, assigned, fallback }, totalMs) => {
    const [model, version] = [modelLabel(prediction.model), versionLabel(assigned.version)];
    const upstreamMs = assigned.latencyMs + (fallback?.latencyMs ?? 0);
    predictions.inc({ model, version, outcome: assigned.status });
    if (fallback) fallbacks.inc({ model, version });
    upstream.observe({ model, version }, upstreamMs / 1_000);
    const firstByteMs = prediction.stream?.passed?.firstByteMs;
    if (firstByteMs !== undefined) firstByte.observe({ model, version }, firstByteMs / 1_000);
    overhead.observe({ model }, Math.max(0, totalMs - upstreamMs) / 1_000);
  };
}

function firstByteFigure(metrics: Metrics) {
  return metrics.histogram({
    name: 'weir_router_first_byte_seconds',
    help: 'Raw models: from the whole question to the first byte of the answer, as the caller saw it.',
    labelNames: ['model', 'version'],
    buckets: seconds,
  });
}

/** Revision and age of each model's policy, read when Prometheus asks. */
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
