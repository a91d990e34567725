// What /metrics says of predictions: by model, version and outcome, and only of what is served.
import { createMetrics } from '@weir/service';
import { type ArmStatus } from '@weir/contracts';
import { type Life } from '../describe-prediction';
import { routerMetrics } from './router-metrics';

let served: Set<string>;
let metrics: ReturnType<typeof createMetrics>;
let figures: ReturnType<typeof routerMetrics>;

beforeEach(() => {
  served = new Set(['spam', 'spam v1', 'spam v2']);
  metrics = createMetrics();
  figures = routerMetrics(metrics, (model, version) =>
    served.has(version === undefined ? model : `${model} ${version}`),
  );
});

function predicted(version: string, status: ArmStatus, totalMs: number, fallbackMs?: number): void {
  const assigned = { version, status, latencyMs: 8 };
  const fallback = fallbackMs === undefined ? undefined : { version: 'v1', status: 'ok', latencyMs: fallbackMs };
  figures.predicted({ prediction: { model: 'spam' }, assigned, fallback } as Life, totalMs);
}

const lines = async (name: string) =>
  (await metrics.registry.getSingleMetricAsString(name)).split('\n').filter((line) => !line.startsWith('#'));

it('counts predictions and times them apart from the servers, by version and outcome', async () => {
  predicted('v1', 'ok', 8.15);
  predicted('v2', 'timeout', 20.4, 12);
  expect(await lines('weir_router_predictions_total')).toEqual([
    'weir_router_predictions_total{model="spam",version="v1",outcome="ok"} 1',
    'weir_router_predictions_total{model="spam",version="v2",outcome="timeout"} 1',
  ]);
  expect(await lines('weir_router_fallbacks_total')).toEqual([
    'weir_router_fallbacks_total{model="spam",version="v2"} 1',
  ]);
  const of = (version: string, outcome: string) => `model="spam",version="${version}",outcome="${outcome}"`;
  expect(await lines('weir_router_overhead_seconds')).toEqual(
    expect.arrayContaining([
      `weir_router_overhead_seconds_bucket{le="0.0001",${of('v1', 'ok')}} 0`,
      `weir_router_overhead_seconds_bucket{le="0.0002",${of('v1', 'ok')}} 1`,
      `weir_router_overhead_seconds_bucket{le="0.0005",${of('v2', 'timeout')}} 1`,
    ]),
  );
  expect(await lines('weir_router_upstream_seconds')).toContain(
    `weir_router_upstream_seconds_sum{${of('v2', 'timeout')}} 0.02`,
  );
});

it('says nothing any more of a version that its policy has lost', async () => {
  predicted('v1', 'ok', 10);
  predicted('v2', 'ok', 10);
  figures.decided('spam', 'v2');
  figures.reported('spam');
  served.delete('spam v2');
  const text = await metrics.registry.metrics();
  expect(text).not.toContain('"v2"');
  expect(text).toContain('weir_router_reports_total{model="spam"} 1');
  served.clear();
  expect(await metrics.registry.metrics()).not.toContain('"spam"');
});

it('counts refusals by status, and those for want of room by reason', async () => {
  figures.refused(503);
  figures.refused(503);
  figures.shed('bytes');
  expect(await lines('weir_router_refused_total')).toEqual(['weir_router_refused_total{status="503"} 2']);
  expect(await lines('weir_router_shed_total')).toEqual(['weir_router_shed_total{reason="bytes"} 1']);
});
