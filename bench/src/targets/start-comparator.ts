// A model whose every prediction has a shadow, and the comparator that asks it: as they are measured.
import { claimPort, serviceSpec, urlOf } from '@weir/local';
import { pinned } from './cores';
import { programOf } from './start-peers';
import { type Stand } from './stand';

export const comparator = 'shadow-comparator';

/** Lasts longer than any measurement, whatever is found. */
export const shadowStage = {
  shadow: {
    ...{ duration: '12h', maxDuration: '24h', minPairs: 1_000_000_000, onInconclusive: 'extend' },
    compare: { outputs: { probability: { absolute: 1e-6 } } },
  },
};

/** `others`: on the cores that the server under test has not; gives its address. */
export async function startComparator(
  stand: Stand,
  where: 'whole' | 'others',
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { context, addresses } = stand;
  const at = { name: comparator, app: comparator, port: await claimPort([]) };
  await context.host.steps.step(comparator, async () => {
    const spec = serviceSpec(context, addresses, at, '');
    const { command, args } =
      where === 'whole' ? spec : pinned(programOf(stand, 'taskset'), stand.cores.others, spec.command, spec.args);
    await context.supervisor.start({ ...spec, command, args, env: { ...spec.env, ...env } });
  });
  return urlOf(at);
}
