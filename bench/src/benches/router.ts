// npm run bench -- router: requests a second and CPU a request of Weir and its peers, closed loop, one core for each.
import { join } from 'node:path';
import { endsOfTopic } from '@weir/bus';
import { predictionServed } from '@weir/contracts';
import { type Measured } from '../measure/measured';
import { toRow, type Row } from '../measure/rows';
import { pairUp, quotient, type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { BrokerLoad } from '../targets/broker-load';
import { type Stand } from '../targets/stand';
import { startLoggedSplit, startNest, startSplit, startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';
import { inferPath, type Target } from '../targets/target';
import { visitClosed, warmUp } from './closed-loop';

export async function benchRouter(stand: Stand, { rounds, seconds }: BenchOptions): Promise<Measured> {
  const targets = await startTargets(stand);
  const { steps, stopping } = stand.context.host;
  const router = targets.find(({ name }) => name === 'router-kafka') as Target;
  let eventsPerSecond = 0;
  for (const target of targets)
    await steps.step(`${target.name}: warmed`, async (say) => {
      const requestsPerSecond = await warmUp(stand, target);
      if (target === router) eventsPerSecond = requestsPerSecond;
      say(`${target.name}: warmed, ${Math.round(requestsPerSecond)}/s`);
    });
  const load = await BrokerLoad.sample(stand.bus);
  steps.say(`  · an event has ${load.meanBytes} bytes`);
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await steps.step(`Round ${round} of ${rounds}`, async (say) => {
      // to and fro, so that what drifts does not favour the first
      for (const target of round % 2 === 1 ? targets : [...targets].reverse()) {
        stopping.throwIfAborted();
        const visit = await visit1(stand, target, round, { seconds, load, eventsPerSecond });
        visits.push(visit);
        if (target === router) eventsPerSecond = visit.figures['requestsPerSecond'] ?? eventsPerSecond;
      }
      say(`Round ${round}: ${line(visits.filter((visit) => visit.round === round))}`);
    });
  return { rows: toRows(visits), visits };
}

async function startTargets(stand: Stand): Promise<Target[]> {
  const stub = await startStub(stand);
  await startController(stand, stand.addresses, stub);
  const preload = join(__dirname, '../peers/count-and-drop.js');
  const kafka = await startRouter(stand, stand.addresses, { name: 'router-kafka' });
  const bare = await startRouter(stand, stand.addresses, { name: 'router-bare', preload });
  const nginx = await startSplit(stand, stub);
  const logged = await startLoggedSplit(stand, stub);
  const [naive, fastify] = [await startNest(stand, 'naive', stub), await startNest(stand, 'fastify', stub)];
  const direct = { name: 'direct', url: `http://127.0.0.1:${stub.v1}${inferPath}`, pid: undefined };
  // those that are compared stand side by side
  return [
    kafka,
    { ...nginx, name: 'nginx-loaded', loadsBroker: true },
    nginx,
    bare,
    fastify,
    naive,
    logged,
    { ...direct, loadsBroker: false },
  ];
}

interface Terms {
  readonly seconds: number;
  readonly load: BrokerLoad;
  readonly eventsPerSecond: number;
}

async function visit1(stand: Stand, target: Target, round: number, terms: Terms): Promise<Visit> {
  if (target.loadsBroker) await terms.load.start(terms.eventsPerSecond);
  try {
    const before = await recorded(stand);
    const visit = await visitClosed(stand, target, round, terms.seconds);
    const events = (await recorded(stand)) - before;
    return { ...visit, figures: { ...visit.figures, eventsPerRequest: events / visit.requests } };
  } finally {
    terms.load.stop();
  }
}

/** Events in the topic so far. */
async function recorded({ bus }: Stand): Promise<number> {
  return [...(await endsOfTopic(bus, predictionServed.topic)).values()].reduce((sum, end) => sum + Number(end), 0);
}

function toRows(visits: readonly Visit[]): Row[] {
  const pairs = (one: string, other: string, figure: string) => pairUp(visits, [one, other], quotient(figure));
  return [
    toRow('router-kafka', pairs('router-kafka', 'nginx-loaded', 'requestsPerSecond'), 'quiet'),
    toRow('router-kafka-cpu', pairs('router-kafka', 'nginx-loaded', 'cpuMicros'), 'all'),
    toRow('router-bare', pairs('router-bare', 'nginx', 'requestsPerSecond'), 'quiet'),
    toRow('router-bare-cpu', pairs('router-bare', 'nginx', 'cpuMicros'), 'all'),
    toRow('router-naive', pairs('router-bare', 'naive', 'requestsPerSecond'), 'quiet'),
    toRow('router-fastify', pairs('router-bare', 'fastify', 'requestsPerSecond'), 'quiet'),
  ];
}

function line(visits: readonly Visit[]): string {
  const each = visits.map(({ target, figures }) => {
    const cpu = figures['cpuMicros'];
    return `${target} ${Math.round(figures['requestsPerSecond'] ?? 0)}/s${cpu === undefined ? '' : ` ${Math.round(cpu)} µs`}`;
  });
  const foreign = Math.max(...visits.map(({ foreignCores }) => foreignCores));
  return `${each.join(', ')}; others took up to ${foreign.toFixed(2)} cores`;
}
