// --once: v2 to stable by the evidence, v3 taken back by its guardrails, then the books are held against each other.
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
  sentenceOf,
  stepLines,
} from './last-run';
import { better, careless, modelName, prepareModel, type Say, submitRollout } from './rollout/begin-rollout';
import { problemsOfSteps } from './rollout/judge-steps';
import { rolloutManifest, weightsIn } from './rollout/manifests';
import { awaitAlone, rollbackOf } from './rollout/see-in-traffic';
import { type StepReport } from './rollout/step-report';
import { RolloutWatcher } from './rollout/watch-rollout';
import { waitUntil } from './wait-until';

/** Three times what it takes; the whole has five minutes. */
const promotionMs = 180_000;
const rollbackMs = 60_000;

/** Filled in as far as it comes. */
interface Story {
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
  const weightsBps = weightsIn(rolloutManifest(better));
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...problemsOfSteps(story.steps, weightsBps),
    ...problemsOfBooks(books),
    ...caller.unanswered.slice(0, 5).map(({ problem: why }) => `a prediction was not answered: ${why}`),
  ];
  for (const line of [...expectationLines(story), ...bookLines(books)]) say(line);
  return {
    seed: settings.seed,
    ...story,
    reconciliation: { predictions: books.predictions, outcomes: books.outcomes },
    problems,
    ok: problems.length === 0 && story.promoted && story.rolledBack,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/** A part that fails ends the traffic all the same: the books are closed whatever happened. */
async function tellUnderTraffic(drive: Drive, say: Say): Promise<Story> {
  const story: Story = { promoted: false, steps: [], rolledBack: false, rollback: null };
  drive.traffic.start();
  try {
    await warm(drive);
    await promote(drive, story, say);
    await rollBack(drive, story, say);
  } catch (error) {
    story.problem = error instanceof Error ? error.message : String(error);
  } finally {
    await drive.traffic.stop();
  }
  return story;
}

async function promote({ controller, traffic }: Drive, story: Story, say: Say): Promise<void> {
  const id = await submitRollout(controller, better, say);
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

async function rollBack({ controller, traffic }: Drive, story: Story, say: Say): Promise<void> {
  const id = await submitRollout(controller, careless, say);
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
