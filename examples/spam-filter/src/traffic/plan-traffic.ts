// What will be sent and when, as a sequence that a seed determines: sending adds nothing to it.
import { type LabelledMail } from '../corpus';
import { exponential, type Random, streamOf } from '../random';
import { type Mailbox, mailboxes } from './mailboxes';

export interface PlannedPrediction {
  /** From 0. */
  readonly index: number;
  /** Time since the one before, milliseconds. */
  readonly gapMs: number;
  readonly mail: LabelledMail;
  readonly mailbox: Mailbox;
  readonly over: 'http' | 'kafka';
  /** When its outcomes are reported, milliseconds after the answer: none, one, or the same one twice. */
  readonly outcomeDelaysMs: readonly number[];
}

export interface TrafficOptions {
  readonly mails: readonly LabelledMail[];
  readonly seed: number;
  readonly ratePerSecond: number;
}

export const shares = { overKafka: 0.05, outcomeNever: 0.05, outcomeTwice: 0.02 } as const;
export const outcomeDelayMeanMs = 2_000;
/** Well below the 30 s that the metric allows, so that none is late. */
export const outcomeDelayMostMs = 15_000;

/** Arrivals are a Poisson process. Mail and mailbox are drawn apart: no mailbox has a kind of mail of its own. */
export function* planTraffic({ mails, seed, ratePerSecond }: TrafficOptions): Generator<PlannedPrediction, never> {
  const draw = mailboxes();
  const random = {
    gap: streamOf(seed, 'gap'),
    mail: streamOf(seed, 'mail'),
    mailbox: streamOf(seed, 'mailbox'),
    lane: streamOf(seed, 'lane'),
    outcome: streamOf(seed, 'outcome'),
  };
  for (let index = 0; ; index++) {
    yield {
      index,
      gapMs: exponential(random.gap, 1_000 / ratePerSecond),
      mail: mails[Math.floor(random.mail() * mails.length)] as LabelledMail,
      mailbox: draw(random.mailbox),
      over: random.lane() < shares.overKafka ? 'kafka' : 'http',
      outcomeDelaysMs: planOutcomes(random.outcome),
    };
  }
}

/** Draws as often for each prediction, so that one never shifts the next. */
function planOutcomes(random: Random): number[] {
  const [fate, first, second] = [random(), delay(random), delay(random)];
  if (fate < shares.outcomeNever) return [];
  return fate < shares.outcomeNever + shares.outcomeTwice ? [first, second] : [first];
}

function delay(random: Random): number {
  return Math.min(exponential(random, outcomeDelayMeanMs), outcomeDelayMostMs);
}
