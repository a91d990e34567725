// npm run bench -- pipeline: how fast the collector works off a backlog, on the whole machine, with Kafka and Postgres on it:
// from its first record until every prediction and outcome is applied and every join is published.
import { outcomeJoined, outcomeReported, predictionServed } from '@weir/contracts';
import { claimPort, serviceSpec } from '@weir/local';
import { sampleEvents, writeBacklog } from '../load/backlog';
import { measuredOf, whileHeld, workOff, type Work } from '../load/work-off';
import { type Measured } from '../measure/measured';
import { type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { type Stand } from '../targets/stand';
import { startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';

const collector = 'outcome-collector';
/** For each second that a round is asked to last at the least that is wanted: half of the events are predictions. */
const predictionsPerSecond = 2_500;
const work: Work = {
  service: collector,
  schema: 'outcome_collector',
  topics: [predictionServed.topic, outcomeReported.topic],
  told: outcomeJoined.topic,
};

export async function benchPipeline(stand: Stand, { rounds, seconds }: BenchOptions): Promise<Measured> {
  const { host } = stand.context;
  await startController(stand, stand.addresses, await startStub(stand));
  await startRouter(stand, stand.addresses, { name: 'router-kafka' });
  const samples = await sampleEvents(stand.bus);
  const at = { name: collector, app: collector, port: await claimPort([]) };
  await host.steps.step(collector, async () => {
    await stand.context.supervisor.start(serviceSpec(stand.context, stand.addresses, at, ''));
  });
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await host.steps.step(`Round ${round} of ${rounds}`, async (say) => {
      const count = seconds * predictionsPerSecond;
      await whileHeld(stand, collector, () => writeBacklog(stand.bus, samples, count));
      const visit = await workOff(stand, work, round, { records: 2 * count, tells: count });
      visits.push(visit);
      say(
        `Round ${round}: ${count} predictions and outcomes, ${Math.round(visit.figures['eventsPerSecond'] ?? 0)} events/s`,
      );
    });
  return measuredOf('collector', visits);
}
