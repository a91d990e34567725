// --once: v2 through its shadow to stable, v3 stopped in shadow, v3 without one taken back, then the books are held against each other.
import { closeBooks } from './books/close-books';
import { type Books, reconcile } from './books/reconcile';
import { KafkaBook } from './books/served-in-kafka';
import { type Drive } from './drive';
import {
  bookLines,
  expectationLines,
  type LastRun,
  rollbackLines,
  type RollbackReport,
  shadowLines,
  sentenceOf,
  stepLines,
} from './last-run';
import { better, careless, modelName, prepareModel, type Say, submitRollout } from './rollout/begin-rollout';
import { problemsOfSteps } from './rollout/judge-steps';
import { rolloutManifest, type StageKind, weightsIn } from './rollout/manifests';
import { awaitAlone, rollbackOf } from './rollout/see-in-traffic';
import { type StepReport } from './rollout/step-report';
import { RolloutWatcher } from './rollout/watch-rollout';
import { problemsOfShadow, type ShadowReport, watchShadow } from './rollout/watch-shadow';
import { waitUntil } from './wait-until';

/** Many times what it takes: a slow machine is no fault of a version. */
const shadowMs = 240_000;
const promotionMs = 420_000;
const rollbackMs = 120_000;

/** Filled in as far as it comes. */
interface Story {
  /** Of v2, and of v3. */
  shadows: ShadowReport[];
  promoted: boolean;
  steps: StepReport[];
  rolledBack: boolean;
  rollback: RollbackReport | null;
  problem?: string;
}

export async function driveOnce(drive: Drive, say: Say): Promise<LastRun> {
  const startedAt = performance.now();
  if (!drive.bus) throw new Error('KAFKA_BROKERS: --once counts the predictions in Kafka and needs its address');
  const { controller, collector, settings } = drive;
  await prepareModel(controller, settings.servers, say);
  const before = await collector.settledTallies(modelName);
  const kafka = await KafkaBook.open(drive.bus);
  const { problem, ...story } = await tellUnderTraffic(drive, say);
  say('the traffic has ended; waiting for the last outcomes');
  await drive.outcomes.drain();
  const { sent } = drive.outcomes.counts();
  const { book: caller, outcomesSentAgain } = drive.traffic;
  const open = { model: modelName, caller, collector, kafka, before, outcomesSent: sent, outcomesSentAgain };
  const books = await closeBooks(open);
  const weightsBps = settings.only === 'shadow' ? [] : weightsIn(rolloutManifest(better));
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...(weightsBps.length > 0 ? problemsOfSteps(story.steps, weightsBps) : []),
    ...story.shadows.flatMap((report) => problemsOfShadow(report, { passed: report.candidate === better })),
    ...problemsOfBooks(books),
    ...caller.unanswered.slice(0, 5).map(({ problem: why }) => `a prediction was not answered: ${why}`),
  ];
  for (const line of [...expectationLines(story), ...bookLines(books)]) say(line);
  return {
    seed: settings.seed,
    ...story,
    reconciliation: { predictions: books.predictions, outcomes: books.outcomes },
    problems,
    ok: problems.length === 0 && isWhole(story, settings.only),
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/** Both shadows, the promotion and the rollback; or what was asked for of it. */
function isWhole({ shadows, promoted, rolledBack }: Story, only: StageKind | undefined): boolean {
  return (only === 'canary' || shadows.length === 2) && (only === 'shadow' || (promoted && rolledBack));
}

/** A part that fails ends the traffic all the same: the books are closed whatever happened. */
async function tellUnderTraffic(drive: Drive, say: Say): Promise<Story> {
  const story: Story = { shadows: [], promoted: false, steps: [], rolledBack: false, rollback: null };
  drive.traffic.start();
  try {
    await warm(drive);
    const { only } = drive.settings;
    await promote(drive, story, say);
    if (only !== 'canary') await stopInShadow(drive, story, say);
    if (only !== 'shadow') await rollBack(drive, story, say);
  } catch (error) {
    story.problem = error instanceof Error ? error.message : String(error);
  } finally {
    await drive.traffic.stop();
  }
  return story;
}

async function promote({ controller, traffic, settings }: Drive, story: Story, say: Say): Promise<void> {
  const id = await submitRollout(controller, better, say, settings.only);
  if (settings.only !== 'canary') await compare({ controller, traffic }, { id, candidate: better }, story, say);
  if (settings.only === 'shadow') return;
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
  { controller, traffic }: Pick<Drive, 'controller' | 'traffic'>,
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
async function stopInShadow({ controller, traffic, settings }: Drive, story: Story, say: Say): Promise<void> {
  const id = await submitRollout(controller, careless, say, settings.only);
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

/** A rollout meets a system at work: what is slow for being just started says nothing about a version. */
async function warm({ traffic, settings }: Drive): Promise<void> {
  const enough = 20 * settings.ratePerSecond;
  await waitUntil(() => (traffic.book.answeredWell >= enough ? true : undefined), {
    what: `${enough} predictions to be answered`,
    withinMs: 120_000,
  });
}

function problemsOfBooks(books: Books): string[] {
  return [...reconcile(books).map(sentenceOf), ...books.contradictions];
}
