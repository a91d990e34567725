// Drives the example: simulated users ask for films and click on some, a bandit learns from it; --once says whether it came to what it should.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { genresOf, readCatalogue } from './catalogue';
import { Controller } from './controller';
import { recommenderOf } from './recommenders';
import { readSettings, type Settings } from './settings';
import { problemsOf, tellPart, type Part } from './tell-story';
import { Traffic, type Catalogue } from './traffic';

const say = (line: string): void => console.log(line);
const patience = { partMs: 90_000, lateMs: 20_000 };
/** Without --once, a part at a time, for ever. */
const unhurried = { partMs: 600_000, lateMs: 60_000 };

function catalogueOf(): Catalogue {
  const films = readCatalogue();
  const [v1, v2, v3] = [recommenderOf('v1', films), recommenderOf('v2', films), recommenderOf('v3', films)];
  return { films, genres: genresOf(films), recommenders: { v1, v2, v3 } };
}

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2), process.env);
  const catalogue = catalogueOf();
  say(
    `recommender: ${catalogue.films.length} real films; ${settings.rate} simulated users a second, seed ${settings.seed}`,
  );
  const controller = new Controller(settings);
  await controller.endRollouts('the example begins anew');
  await controller.putModel();
  await routersKnowTheModel(settings);
  const traffic = new Traffic(settings, catalogue);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  traffic.start();
  const parts: Part[] = [];
  do
    for (const manifest of ['bandit', 'by-device'] as const)
      parts.push(await tellPart(manifest, { controller, traffic }, settings.once ? patience : unhurried, say));
  while (!settings.once);
  await controller.endRollouts('the example has shown what it should');
  await traffic.stop();
  return closing(settings, traffic, parts);
}

/** The policy is on its way to them. */
async function routersKnowTheModel({ WEIR_ROUTER }: Settings): Promise<void> {
  const until = performance.now() + 60_000;
  for (const router of WEIR_ROUTER)
    while (!(await isReady(`${router}/v2/models/recommender/ready`))) {
      if (performance.now() > until) throw new Error(`${router} did not serve the recommender within a minute`);
      await sleep(100);
    }
}

function isReady(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}

function closing(
  { WEIR_STATE_DIR }: Settings,
  { clicks, unanswered, problem }: Traffic,
  parts: readonly Part[],
): number {
  const problems = [
    ...problemsOf(parts),
    ...(unanswered > 0 ? [`${unanswered} predictions were not answered: ${problem}`] : []),
    ...(clicks === 0 ? [`no click was taken: ${problem}`] : []),
  ];
  mkdirSync(WEIR_STATE_DIR, { recursive: true });
  const path = join(WEIR_STATE_DIR, 'recommender.json');
  writeFileSync(path, `${JSON.stringify({ clicks, parts, problems, ok: problems.length === 0 }, null, 2)}\n`);
  for (const each of problems) say(`does not hold: ${each}`);
  say(`${problems.length === 0 ? 'all holds' : 'NOT all holds'}, written to ${path}`);
  return problems.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
