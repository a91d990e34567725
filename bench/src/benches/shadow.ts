// npm run bench -- shadow: requests a second of the router with a shadow on all traffic, beside nginx's mirror, closed loop, one core for each.
import { type Measured } from '../measure/measured';
import { toRow } from '../measure/rows';
import { pairUp, quotient, type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { type Stand } from '../targets/stand';
import { shadowStage, startComparator } from '../targets/start-comparator';
import { startMirror, startSplit, startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';
import { visitClosed, warmUp } from './closed-loop';

/** The comparator asks the shadow from the load's cores, as far as they let it: what it has no time for is skipped. */
export async function benchShadow(stand: Stand, { rounds, seconds }: BenchOptions): Promise<Measured> {
  const { steps, stopping } = stand.context.host;
  const stub = await startStub(stand);
  await startController(stand, stand.addresses, stub, shadowStage);
  await startComparator(stand, 'others');
  const router = await startRouter(stand, stand.addresses, { name: 'router-shadow', meets: ['v1'] });
  const targets = [router, await startMirror(stand, stub), await startSplit(stand, stub)];
  for (const target of targets)
    await steps.step(`${target.name}: warmed`, async (say) => {
      say(`${target.name}: warmed, ${Math.round(await warmUp(stand, target))}/s`);
    });
  const visits: Visit[] = [];
  for (let round = 1; round <= rounds; round += 1)
    await steps.step(`Round ${round} of ${rounds}`, async (say) => {
      for (const target of round % 2 === 1 ? targets : [...targets].reverse()) {
        stopping.throwIfAborted();
        visits.push(await visitClosed(stand, target, round, seconds));
      }
      const each = visits.filter((visit) => visit.round === round);
      say(
        `Round ${round}: ${each.map(({ target, figures }) => `${target} ${Math.round(figures['requestsPerSecond'] ?? 0)}/s`).join(', ')}`,
      );
    });
  const pairs = pairUp(visits, ['router-shadow', 'nginx-mirror'], quotient('requestsPerSecond'));
  return { rows: [toRow('shadow', pairs, 'quiet')], visits };
}
