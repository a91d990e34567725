// weirctl bandit rebuild: has what a bandit learnt computed again from its outcomes, and says whether it was the same.
import { errorBody, rebuildView, type RebuildView, type RebuiltStage } from '@weir/contracts';
import { exitCodes, type ExitCode } from './exit-codes';
import { CommandFailed, type Answer, type Surroundings } from './ports';
import { renderJson, renderTable, type Output } from './render';

export interface RebuildAsked {
  readonly rollout: string;
  readonly replace: boolean;
  readonly force: boolean;
  readonly output: Output;
  /** How long it may take, milliseconds. */
  readonly withinMs: number;
}

const lookEveryMs = 500;

export async function rebuildBandit(asked: RebuildAsked, surroundings: Surroundings): Promise<ExitCode> {
  const { controller, print, note } = surroundings;
  const path = `/api/v1/bandits/${encodeURIComponent(asked.rollout)}/rebuild`;
  const { replace, force } = asked;
  readView(await controller.call('POST', path, { replace, force }));
  const view = await finished(path, asked, surroundings);
  if (view.state === 'failed') throw new CommandFailed(exitCodes.away, `the rebuild failed: ${view.problem}`);
  if (asked.output === 'json') print(renderJson(view));
  else for (const line of tableOf(view)) print(line);
  const left = view.stages.filter(({ equal, replaced }) => !equal && !replaced);
  if (left.length > 0) note(adviceFor(left, asked));
  return left.length > 0 ? exitCodes.differs : exitCodes.good;
}

async function finished(path: string, { withinMs }: RebuildAsked, { controller, sleep }: Surroundings) {
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const view = readView(await controller.call('GET', path));
    if (view.state !== 'running') return view;
    if (waitedMs >= withinMs)
      throw new CommandFailed(exitCodes.away, `still running after ${view.records} records; ask again later`);
    await sleep(lookEveryMs);
  }
}

function readView({ status, body }: Answer): RebuildView {
  const view = rebuildView.safeParse(body);
  if (status < 300 && view.success) return view.data;
  const error = errorBody.safeParse(body);
  const said = error.success ? error.data.error.message : 'an answer that is none of its';
  throw new CommandFailed(
    status >= 500 ? exitCodes.away : exitCodes.refused,
    `the controller answered ${status}: ${said}`,
  );
}

function tableOf({ stages, records }: RebuildView): string[] {
  const header = ['ATTEMPT', 'STAGE', 'METRIC', 'OUTCOMES', 'REWARDS', 'CLAIMS', 'CONTEXTS', 'STATE'];
  const rows = stages.map(({ attempt, stage, metric, outcomes, differences, ...found }) => [
    ...[attempt, stage, metric, outcomes, differences.rewards, differences.claims, differences.contexts],
    stateOf(found),
  ]);
  return [...renderTable(header, rows), '', `${records} records read; REWARDS, CLAIMS and CONTEXTS: rows that differ`];
}

function stateOf({ equal, complete, replaced }: Pick<RebuiltStage, 'equal' | 'complete' | 'replaced'>): string {
  if (equal) return 'equal';
  if (replaced) return 'replaced';
  return complete ? 'differs' : 'differs, log incomplete';
}

function adviceFor(left: readonly RebuiltStage[], { replace }: RebuildAsked): string {
  if (left.every(({ complete }) => complete))
    return 'nothing was changed; --replace puts in place what the outcomes say';
  return `nothing was changed: Kafka no longer has all of its outcomes; --replace --force ${replace ? 'would put' : 'puts'} in place what is left of them`;
}
