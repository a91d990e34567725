// --once: v2 by hand through every step to stable, then the books are held against each other.
import { closeBooks } from './books/close-books';
import { type Books, reconcile } from './books/reconcile';
import { KafkaBook } from './books/served-in-kafka';
import { type Drive } from './drive';
import { bookLines, type LastRun, sentenceOf, stepHeader, stepLine } from './last-run';
import { modelName, prepareModel, type Say, submitRollout } from './rollout/begin-rollout';
import { problemsOfSteps } from './rollout/judge-steps';
import { HandMover, patienceAt, type StepReport } from './rollout/move-by-hand';
import { waitUntil } from './wait-until';

export const weightsBps = [500, 1_000, 2_000, 3_000, 5_000] as const;

export async function driveOnce(drive: Drive, say: Say): Promise<LastRun> {
  const startedAt = performance.now();
  if (!drive.bus) throw new Error('KAFKA_BROKERS: --once counts the predictions in Kafka and needs its address');
  const { controller, collector, settings } = drive;
  await prepareModel(controller, settings.servers, say);
  const before = await collector.settledTallies(modelName);
  const kafka = await KafkaBook.open(drive.bus);
  const { steps, problem } = await moveUnderTraffic(drive, say);
  say('the traffic has ended; waiting for the last outcomes');
  await drive.outcomes.drain();
  const { sent } = drive.outcomes.counts();
  const { book: caller, outcomesSentAgain } = drive.traffic;
  const open = { model: modelName, caller, collector, kafka, before, outcomesSent: sent, outcomesSentAgain };
  const books = await closeBooks(open);
  const problems = [...(problem ? [problem] : []), ...problemsOfSteps(steps, weightsBps), ...problemsOfBooks(books)];
  for (const line of bookLines(books)) say(line);
  return {
    seed: settings.seed,
    steps,
    promoted: problem === undefined,
    reconciliation: { predictions: books.predictions, outcomes: books.outcomes },
    problems: [
      ...problems,
      ...caller.unanswered.slice(0, 5).map(({ problem: why }) => `a prediction was not answered: ${why}`),
    ],
    ok: problems.length === 0,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/** A move that fails ends the traffic all the same: the books are closed whatever happened. */
async function moveUnderTraffic(
  { controller, traffic, settings }: Drive,
  say: Say,
): Promise<{ steps: StepReport[]; problem?: string }> {
  const steps: StepReport[] = [];
  traffic.start();
  try {
    await firstAnswers(traffic);
    const id = await submitRollout(controller, say);
    say(stepHeader);
    await new HandMover(controller, traffic, say, patienceAt(settings.ratePerSecond)).move(id, (step) => {
      steps.push(step);
      say(stepLine(step));
    });
    return { steps };
  } catch (error) {
    return { steps, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await traffic.stop();
  }
}

/** The model answers before anything is rolled out. */
async function firstAnswers(traffic: Drive['traffic']): Promise<void> {
  await waitUntil(() => (traffic.book.answeredWell >= 200 ? true : undefined), {
    what: '200 predictions to be answered',
    withinMs: 60_000,
  });
}

function problemsOfBooks(books: Books): string[] {
  return [...reconcile(books).map(sentenceOf), ...books.contradictions];
}
