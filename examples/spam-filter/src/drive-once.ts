// --once: v2 through its shadow to stable, v3 stopped in shadow and taken back without one, v1 against v2 in a segment, all three in a bandit, then the books.
import { closeBooks } from './books/close-books';
import { type Books, reconcile } from './books/reconcile';
import { KafkaBook } from './books/served-in-kafka';
import { type Drive } from './drive';
import { bookLines, expectationLines, type LastRun, sentenceOf } from './last-run';
import { better, modelName, prepareModel, type Say } from './rollout/begin-rollout';
import { problemsOfSteps } from './rollout/judge-steps';
import { type PartName, rolloutManifest, weightsIn } from './rollout/manifests';
import { problemsOfBandit } from './rollout/watch-bandit';
import { problemsOfExperiment } from './rollout/watch-experiment';
import { problemsOfShadow } from './rollout/watch-shadow';
import { type Story, tellUnderTraffic, wants } from './tell-story';

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
  const weightsBps = wants(settings.only, 'canary') ? weightsIn(rolloutManifest(better)) : [];
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...(weightsBps.length > 0 ? problemsOfSteps(story.steps, weightsBps) : []),
    ...story.shadows.flatMap((report) => problemsOfShadow(report, { passed: report.candidate === better })),
    ...(story.experiment ? problemsOfExperiment(story.experiment) : []),
    ...(story.bandit ? problemsOfBandit(story.bandit) : []),
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

/** Both shadows, the promotion and the rollback, the experiment, the bandit; or what was asked for of it. */
function isWhole({ shadows, promoted, rolledBack, experiment, bandit }: Story, only: PartName | undefined): boolean {
  return (
    (!wants(only, 'shadow') || shadows.length === 2) &&
    (!wants(only, 'canary') || (promoted && rolledBack)) &&
    (!wants(only, 'ab') || experiment !== null) &&
    (!wants(only, 'bandit') || bandit !== null)
  );
}

function problemsOfBooks(books: Books): string[] {
  return [...reconcile(books).map(sentenceOf), ...books.contradictions];
}
