// Drives the example: declares the model and a rollout of v2, sends held-out mails as traffic, and either moves v2 to stable
// and reconciles (--once), or keeps the traffic flowing until it is stopped.
import { assembleDrive } from './drive';
import { driveForEver } from './drive-for-ever';
import { driveOnce } from './drive-once';
import { forgetLastRun, writeLastRun } from './last-run';
import { readSettings } from './settings';

const say = (line: string): void => console.log(line);

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2), process.env);
  say(`spam-filter: ${settings.ratePerSecond} predictions/s, seed ${settings.seed}`);
  const drive = assembleDrive(settings);
  process.once('SIGTERM', () => process.exit(0));
  process.once('SIGINT', () => process.exit(0));
  if (!settings.once) return driveForEver(drive, say);
  forgetLastRun(settings.stateDir);
  const run = await driveOnce(drive, say);
  const path = writeLastRun(settings.stateDir, run);
  for (const problem of run.problems) say(`does not hold: ${problem}`);
  say(`${run.ok ? 'all holds' : 'NOT all holds'}, ${Math.round(run.durationMs / 1_000)} s, written to ${path}`);
  await drive.close();
  return run.ok ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
