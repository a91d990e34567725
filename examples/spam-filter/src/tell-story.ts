// The parts of a run, one after the other, while the mail flows: shadow, canary, rollback, A/B, bandit.
import { type Drive } from './drive';
import {
  banditLines,
  experimentLines,
  rollbackLines,
  type RollbackReport,
  shadowLines,
  sharesLine,
  stepLines,
} from './last-run';
import {
  better,
  careless,
  prepareModel,
  type Say,
  submitBandit,
  submitExperiment,
  submitRollout,
} from './rollout/begin-rollout';
import { type PartName, type StageKind } from './rollout/manifests';
import { awaitAlone, rollbackOf } from './rollout/see-in-traffic';
import { type StepReport } from './rollout/step-report';
import { type BanditReport, watchBandit } from './rollout/watch-bandit';
import { awaitTarget, type ExperimentReport, watchExperiment } from './rollout/watch-experiment';
import { RolloutWatcher } from './rollout/watch-rollout';
import { type ShadowReport, watchShadow } from './rollout/watch-shadow';
import { waitUntil } from './wait-until';

/** Many times what it takes: a slow machine is no fault of a version. */
const shadowMs = 240_000;
const promotionMs = 420_000;
const rollbackMs = 120_000;
const experimentMs = 540_000;
const banditMs = 120_000;

/** Filled in as far as it comes. */
export interface Story {
  /** Of v2, and of v3. */
  shadows: ShadowReport[];
  promoted: boolean;
  steps: StepReport[];
  rolledBack: boolean;
  rollback: RollbackReport | null;
  experiment: ExperimentReport | null;
  bandit: BanditReport | null;
  problem?: string;
}

export function wants(only: PartName | undefined, part: PartName): boolean {
  return only === undefined || only === part;
}

/** A part that fails ends the traffic all the same: the books are closed whatever happened. */
export async function tellUnderTraffic(drive: Drive, say: Say): Promise<Story> {
  const story: Story = {
    ...{ shadows: [], promoted: false, steps: [], rolledBack: false },
    ...{ rollback: null, experiment: null, bandit: null },
  };
  drive.traffic.start();
  try {
    await warm(drive);
    const { only } = drive.settings;
    if (only !== 'ab' && only !== 'bandit') await promote(drive, only, story, say);
    if (only === undefined || only === 'shadow') await stopInShadow(drive, only, story, say);
    if (wants(only, 'canary')) await rollBack(drive, story, say);
    if (wants(only, 'ab')) await experiment(drive, story, say);
    if (wants(only, 'bandit')) await explore(drive, story, say);
  } catch (error) {
    story.problem = error instanceof Error ? error.message : String(error);
  } finally {
    await drive.traffic.stop();
  }
  return story;
}

type Kind = StageKind | undefined;
type Parts = Pick<Drive, 'controller' | 'traffic'>;

async function promote({ controller, traffic }: Parts, only: Kind, story: Story, say: Say): Promise<void> {
  const id = await submitRollout(controller, better, say, only);
  if (only !== 'canary') await compare({ controller, traffic }, { id, candidate: better }, story, say);
  if (only === 'shadow') return;
  const { end } = await new RolloutWatcher(controller, traffic, promotionMs).follow(id, better, (step) => {
    story.steps.push(step);
    for (const line of stepLines(step)) say(line);
  });
  if (end.state !== 'completed')
    throw new Error(`${better} should have been promoted and is ${end.state}: ${end.reason}`);
  await awaitAlone(controller, traffic, better);
  story.promoted = true;
  say(`${better} is stable and answers everything`);
}

async function compare(
  { controller, traffic }: Parts,
  of: { readonly id: string; readonly candidate: string },
  story: Story,
  say: Say,
): Promise<ShadowReport> {
  const report = await watchShadow(controller, traffic, { ...of, withinMs: shadowMs });
  story.shadows.push(report);
  for (const line of shadowLines(report)) say(line);
  return report;
}

/** The same stages as the better one had: it does not come as far as a caller. */
async function stopInShadow({ controller, traffic }: Parts, only: Kind, story: Story, say: Say): Promise<void> {
  const id = await submitRollout(controller, careless, say, only);
  const { passed } = await compare({ controller, traffic }, { id, candidate: careless }, story, say);
  if (passed) throw new Error(`${careless} should have been stopped in shadow`);
  await waitUntil(async () => ((await controller.rollout(id)).state === 'rolled-back' ? true : undefined), {
    what: `the rollout of ${careless} to end`,
    withinMs: 60_000,
  });
}

/** As if nobody had looked: into the canary without a shadow. */
async function rollBack({ controller, traffic }: Drive, story: Story, say: Say): Promise<void> {
  const id = await submitRollout(controller, careless, say, 'canary');
  const after = traffic.observe();
  const watched = await new RolloutWatcher(controller, traffic, rollbackMs).follow(id, careless, () => undefined);
  if (watched.end.state !== 'rolled-back')
    throw new Error(`${careless} should have been rolled back and is ${watched.end.state}`);
  await awaitAlone(controller, traffic, better);
  traffic.endObservation(after);
  story.rollback = rollbackOf(careless, watched, after);
  for (const line of rollbackLines(story.rollback)) say(line);
  story.rolledBack = watched.end.verdicts.some(({ verdict }) => verdict === 'fail');
  if (!story.rolledBack) throw new Error(`no guardrail took ${careless} back: ${watched.end.reason}`);
}

/** As it was at first, v1 for all; and in two regions v2 beside it. */
async function experiment({ controller, traffic, settings }: Drive, story: Story, say: Say): Promise<void> {
  await prepareModel(controller, settings.servers, say);
  const id = await submitExperiment(controller, say);
  story.experiment = await watchExperiment(controller, traffic, { id, withinMs: experimentMs });
  for (const line of experimentLines(story.experiment)) say(line);
  await awaitTarget(controller, traffic);
  say(`${better} answers its two regions, and nobody else`);
}

/** As it was at first; then all three versions at once, and whoever leads at the end answers everything. */
async function explore({ controller, traffic, settings }: Drive, story: Story, say: Say): Promise<void> {
  await prepareModel(controller, settings.servers, say);
  const id = await submitBandit(controller, say);
  const onShares = (shares: Parameters<typeof sharesLine>[0]) => say(sharesLine(shares));
  story.bandit = await watchBandit(controller, traffic, { id, withinMs: banditMs }, onShares);
  for (const line of banditLines(story.bandit)) say(line);
  if (story.bandit.winner !== better) return;
  await awaitAlone(controller, traffic, better);
  say(`${better} is stable and answers everything`);
}

/** A rollout meets a system at work: what is slow for being just started says nothing about a version. */
async function warm({ traffic, settings }: Drive): Promise<void> {
  const enough = 20 * settings.ratePerSecond;
  await waitUntil(() => (traffic.book.answeredWell >= enough ? true : undefined), {
    what: `${enough} predictions to be answered`,
    withinMs: 120_000,
  });
}
