// Without --once: traffic for as long as the process lives, and v2 on its way to stable as the evidence allows.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Drive } from './drive';
import { better, prepareModel, type Say, submitBandit, submitExperiment, submitRollout } from './rollout/begin-rollout';
import { percent } from './rollout/step-report';
import { type Observation } from './traffic/observation';

const statusEveryMs = 10_000;

export async function driveForEver(
  { controller, traffic, router, outcomes, settings }: Drive,
  say: Say,
): Promise<never> {
  await prepareModel(controller, settings.servers, say);
  traffic.start();
  if (settings.only === 'ab') await submitExperiment(controller, say);
  else if (settings.only === 'bandit') await submitBandit(controller, say);
  else await submitRollout(controller, better, say, settings.only);
  for (;;) {
    const observation = traffic.observe();
    const before = { answered: traffic.book.answered, unanswered: traffic.book.unanswered.length };
    await sleep(statusEveryMs);
    traffic.endObservation(observation);
    const answered = (traffic.book.answered - before.answered) / (statusEveryMs / 1_000);
    const lost = traffic.book.unanswered.length - before.unanswered;
    const { sent, dropped, problem } = outcomes.counts();
    say(
      [
        `${answered.toFixed(0)} predictions/s`,
        sharesOf(observation),
        accuracyOf(traffic.book.byVersion),
        `${sent} outcomes reported`,
        ...(router.problem ? [`${traffic.waiting} wait for an answer: ${router.problem}`] : []),
        ...(lost > 0 ? [`${lost} unanswered`] : []),
        ...(dropped > 0 ? [`${dropped} outcomes given up`] : []),
        ...(problem ? [`the collector does not take outcomes: ${problem}`] : []),
      ].join('; '),
    );
  }
}

function sharesOf(observation: Observation): string {
  const shares = observation
    .versions()
    .map((version) => `${version} ${percent(observation.of(version).predictionsBps)}`);
  return shares.length > 0 ? `shares ${shares.join(', ')}` : 'nobody answers';
}

function accuracyOf(byVersion: Drive['traffic']['book']['byVersion']): string {
  const right = [...byVersion]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([version, record]) => `${version} ${((100 * record.right) / record.answered).toFixed(1)} %`);
  return `right so far ${right.join(', ')}`;
}
