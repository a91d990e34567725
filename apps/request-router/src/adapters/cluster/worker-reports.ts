// The worker's side of reports: gives its own, and answers for all by asking the process above it.
import { type MetricsReport, type Readiness, type Reports } from '@weir/service';
import { type WorkerReport } from './gather-reports';
import { type Peer } from './peer';

export interface OwnState {
  readonly live: () => string | undefined;
  readonly ready: () => Readiness;
  readonly metrics: () => Promise<MetricsReport>;
}

const patienceMs = 5_000;

export function workerReports(primary: Peer, own: OwnState): Reports {
  primary.onAsk('report', async (body): Promise<WorkerReport> => {
    const { metrics } = body as { metrics: boolean };
    return { live: own.live(), ready: own.ready(), ...(metrics && { metrics: await own.metrics() }) };
  });
  const ofAll = (what: string) => primary.ask('reports', what, patienceMs);
  return {
    live: async () => (await ofAll('live')) as string | undefined,
    // a router that stops is not ready, whatever the others say
    ready: async () => (own.ready().missing.includes('stopping') ? own.ready() : ((await ofAll('ready')) as Readiness)),
    metrics: async () => (await ofAll('metrics')) as string,
  };
}
