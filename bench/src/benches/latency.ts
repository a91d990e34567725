// npm run bench -- latency: what the router adds to the 99th percentile at a steady 400 requests a second, in paired visits.
import { type Measured } from '../measure/measured';
import { toRow } from '../measure/rows';
import { difference, pairUp, type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { BrokerLoad } from '../targets/broker-load';
import { type Stand } from '../targets/stand';
import { startSplit, startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';
import { inferPath, type Target } from '../targets/target';
import { warmUp } from './closed-loop';
import { visitOpen } from './open-loop';

const ratePerSecond = 400;
const connections = 16;

export async function benchLatency(stand: Stand, { rounds, seconds }: BenchOptions): Promise<Measured> {
  const { steps, stopping } = stand.context.host;
  const targets = await startTargets(stand);
  for (const target of targets)
    await steps.step(`${target.name}: warmed`, () => warmUp(stand, target).then(() => undefined));
  const load = await BrokerLoad.sample(stand.bus);
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await steps.step(`Round ${round} of ${rounds}`, async (say) => {
      for (const target of round % 2 === 1 ? targets : [...targets].reverse()) {
        stopping.throwIfAborted();
        if (target.loadsBroker) await load.start(ratePerSecond);
        try {
          visits.push(await visitOpen(stand, target, round, { ratePerSecond, seconds, connections }));
        } finally {
          load.stop();
        }
      }
      say(`Round ${round}: ${line(visits.filter((visit) => visit.round === round))}`);
    });
  return { rows: [toRow('latency', pairUp(visits, ['router-kafka', 'direct'], difference('p99Ms')), 'quiet')], visits };
}

/** All but the router see the broker at work too, with as many events. */
async function startTargets(stand: Stand): Promise<Target[]> {
  const stub = await startStub(stand);
  await startController(stand, stand.addresses, stub);
  const kafka = await startRouter(stand, stand.addresses, { name: 'router-kafka' });
  const nginx = await startSplit(stand, stub);
  const direct = { name: 'direct', url: `http://127.0.0.1:${stub.v1}${inferPath}`, pid: undefined };
  return [kafka, { ...direct, loadsBroker: true }, { ...nginx, loadsBroker: true }];
}

function line(visits: readonly Visit[]): string {
  const each = visits.map(({ target, figures }) => `${target} p50 ${figures['p50Ms']} p99 ${figures['p99Ms']} ms`);
  const foreign = Math.max(...visits.map(({ foreignCores }) => foreignCores));
  return `${each.join(', ')}; others took up to ${foreign.toFixed(2)} cores`;
}
