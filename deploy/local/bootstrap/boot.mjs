// Installs and builds what is missing, then hands over to the compiled part with all it needs of the process.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { explain, isComplaint } from './complaint.mjs';
import { install } from './install.mjs';
import { takeTurns } from './turns.mjs';
import { createRunner } from './run-command.mjs';
import { createSteps } from './steps.mjs';
import { stopRequests } from './stop-requests.mjs';
import { startWatch } from './watch.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

/** Runs one command of `program` and gives its exit code. Leaves no process behind, however it ends. */
export async function boot(args, program = 'deploy/local/dist/main.js') {
  const steps = createSteps(process.stdout);
  const watch = startWatch();
  const stopping = stopRequests();
  const host = { root, steps, watch, stopping, run: createRunner({ watch, stopping }) };
  try {
    await takeTurns(join(root, '.weir'), async () => {
      await install(host);
      await build(host);
    });
    const { main } = createRequire(import.meta.url)(join(root, program));
    return await main(args, host);
  } catch (error) {
    steps.clear();
    if (stopping.aborted) return 128 + (stopping.reason?.signalNumber ?? 2);
    const known = explain(error);
    console.error(isComplaint(known) ? `\n✗ ${known.message}` : known);
    return 1;
  } finally {
    steps.clear();
    watch.done();
  }
}
