// npm run faults: the long faults and soaks, each a spec of e2e, whose figures go to docs/guarantees.md.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host';
import { runJest } from './jest-run';
import type { FaultsOptions } from './options';
import { withSystem } from './system';
import { surroundings, withThrowawayFolder } from './test';

export async function faults(host: Host, { id, keep, rest }: FaultsOptions): Promise<number> {
  return withThrowawayFolder(host, keep, (folder) =>
    withSystem(host, { path: folder, reset: false, isThrowaway: true }, async (context) => {
      // systems that the faults start for themselves: a container's process is not theirs to kill
      const env = { ...(await surroundings(context)), WEIR_INFRASTRUCTURE: 'local' };
      const logs = join(folder, 'logs');
      mkdirSync(logs, { recursive: true });
      const args = [...(id ? ['--testNamePattern', id] : []), ...rest];
      const { counts, isGood } = await runJest(host, {
        config: 'jest.faults.config.cjs',
        args,
        env,
        folder: logs,
        screen: true,
      });
      host.steps.say(`\n${counts.passed} passed, ${counts.failed} failed`);
      if (id && counts.passed + counts.failed === 0)
        host.steps.say(`No fault is named '${id}': npm run faults runs all of them.`);
      return isGood && !(id && counts.passed === 0) ? 0 : 1;
    }),
  );
}
