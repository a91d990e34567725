// Brings together what shadows said and what turned out to be true, whichever comes first: each pair and outcome counts once.
import { type Book } from '@weir/stats';
import { countWorth, type PairPlace, type Worth } from './domain/count-comparison';
import { type Comparison } from './domain/comparison';
import { wasRight, type ShadowAnswers } from './domain/shadow-truth';
import { dayOf, periodAt, type Place, type ShadowedStage } from './domain/shadowed-stage';
import { attemptOf } from './keep-books';
import { type Counted, type KeptOutcome, type PairedPrediction, type Store } from './ports';

/** What one outcome makes of one pair. */
export interface Judged {
  readonly place: Omit<PairPlace, 'period'>;
  readonly at: Place;
  readonly metric: string;
  readonly before: Worth | undefined;
  readonly after: Worth;
}

export interface Matched {
  readonly counts: readonly Counted[];
  count(book: Book, nowMs: number): void;
}

export class MatchOutcomes {
  constructor(private readonly stageOf: (place: Place) => ShadowedStage | undefined) {}

  /** Outcomes that came before their pairs. */
  async ofComparisons(store: Store, comparisons: readonly Comparison[]): Promise<Matched> {
    const waiting = comparisons.filter(({ answers }) => answers !== undefined);
    if (waiting.length === 0) return this.matched([]);
    const outcomes = byPrediction(await store.outcomes(waiting.map(({ event }) => pairedOf(event))));
    return this.matched(
      waiting.flatMap(({ event, step, epoch, answers = {} }) =>
        (outcomes.get(predictionKey(pairedOf(event))) ?? []).flatMap((outcome) => {
          const { stage, stable, shadow, unit, segment = null } = event;
          return judged({ stage, step, epoch, segment, unit, stable, shadow }, outcome, undefined, answers);
        }),
      ),
    );
  }

  matched(all: readonly Judged[]): Matched {
    return {
      counts: all.flatMap(countsOf),
      count: (book, nowMs) => {
        for (const { place, at, metric, before, after } of all) {
          const stage = this.stageOf(at);
          countWorth(book, { ...place, period: stage ? periodAt(stage, nowMs) : 0 }, metric, { before, after });
        }
      },
    };
  }
}

/** Nothing where the shadow said nothing of the item. `previous`: the revision that this one takes the place of. */
export function judged(
  place: Omit<PairPlace, 'period'>,
  outcome: KeptOutcome,
  previous: KeptOutcome | undefined,
  answers: ShadowAnswers,
): Judged[] {
  const { metric, item } = outcome;
  const said = Object.hasOwn(answers, metric) ? answers[metric]?.[item] : undefined;
  const worthOf = ({ truth, stableWorth }: KeptOutcome): Worth | undefined => {
    const shadow = wasRight(said, truth);
    return shadow === undefined ? undefined : { stable: stableWorth, shadow };
  };
  const after = worthOf(outcome);
  if (!after) return [];
  const { rollout, attempt, stage } = outcome;
  return [{ place, at: { rollout, attempt, stage }, metric, after, before: previous && worthOf(previous) }];
}

export function predictionKey({ rollout, attempt, stage, predictionId }: PairedPrediction): string {
  return `${rollout}/${attempt}/${stage}/${predictionId}`;
}

function pairedOf({ predictionId, stage, servedAt, ...event }: Comparison['event']): PairedPrediction {
  return { ...attemptOf(event), stage, predictionId, day: dayOf(servedAt) };
}

export function byPrediction<T extends PairedPrediction>(all: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const key = predictionKey(one);
    const known = found.get(key);
    if (known) known.push(one);
    else found.set(key, [one]);
  }
  return found;
}

function countsOf({ at, place: { shadow }, metric, before, after }: Judged): Counted[] {
  const of = (worth: Worth, by: number): Counted => {
    const who =
      worth.stable === worth.shadow
        ? worth.shadow > 0
          ? 'both'
          : 'neither'
        : worth.shadow > worth.stable
          ? 'shadow'
          : 'stable';
    return { ...at, shadow, counted: `right.${metric}.${who}`, by };
  };
  return [...(before ? [of(before, -1)] : []), of(after, 1)];
}
