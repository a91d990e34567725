// The calculator `guardrail`: the label e-process for one share, from four numbers.
import { logBetaMixture } from './beta-mixture';
import { finiteAnswer, firstBroken, isCount, isShare, mustBeCount, mustBeShare, type Calculated } from './calculated';
import { labelShare } from './label-counts';
import { expFinite } from './numerics/log-sum';

export interface GuardrailQuestion {
  /** w_c/(w_c + w_b). */
  readonly share: number;
  /** Ratio of rates, default 1. */
  readonly margin?: number | undefined;
  readonly candidateErrors: number;
  /** Of candidate and stable. */
  readonly totalErrors: number;
  /** Of the Beta prior, default 1/share. */
  readonly concentration?: number | undefined;
  readonly oneSided?: boolean | undefined;
  readonly side?: 'harm' | 'acceptance' | undefined;
  /** Default 0.01. */
  readonly alpha?: number | undefined;
}

export interface GuardrailAnswer extends Required<GuardrailQuestion> {
  readonly method: 'label e-process';
  readonly eValue: number;
  readonly logEValue: number;
  readonly threshold: number;
  /** Harm was asked for and shown. */
  readonly breached: boolean;
  /** Acceptance was asked for and shown. */
  readonly accepted: boolean;
  /** The candidate's share of the errors at the margin. */
  readonly theta0: number;
}

export function guardrailCalculator(question: GuardrailQuestion): Calculated<GuardrailAnswer> {
  const asked = {
    margin: question.margin ?? 1,
    concentration: question.concentration ?? 1 / question.share,
    oneSided: question.oneSided ?? true,
    side: question.side ?? ('harm' as const),
    alpha: question.alpha ?? 0.01,
    share: question.share,
    candidateErrors: question.candidateErrors,
    totalErrors: question.totalErrors,
  };
  const refused = refusal(asked);
  if (refused) return refused;
  const theta0 = labelShare(asked.share, asked.margin);
  const logEValue = logBetaMixture({
    theta0,
    concentration: asked.concentration,
    count: asked.candidateErrors,
    of: asked.totalErrors,
    side: asked.oneSided ? (asked.side === 'harm' ? 'above' : 'below') : 'both',
  });
  const reached = logEValue >= -Math.log(asked.alpha);
  return finiteAnswer(
    {
      method: 'label e-process' as const,
      ...asked,
      eValue: expFinite(logEValue),
      logEValue,
      threshold: 1 / asked.alpha,
      breached: asked.side === 'harm' && reached,
      accepted: asked.side === 'acceptance' && reached,
      theta0,
    },
    'margin',
  );
}

function refusal(asked: Required<GuardrailQuestion>) {
  const { candidateErrors, totalErrors, concentration, margin } = asked;
  return firstBroken([
    ['share', isShare(asked.share), mustBeShare],
    ['margin', margin > 0 && Number.isFinite(margin), 'must be above 0'],
    ['candidateErrors', isCount(candidateErrors), mustBeCount],
    ['totalErrors', isCount(totalErrors), mustBeCount],
    ['candidateErrors', candidateErrors <= totalErrors, 'cannot be more than totalErrors'],
    ['concentration', concentration > 0 && Number.isFinite(concentration), 'must be above 0'],
    ['oneSided', asked.oneSided || asked.side === 'harm', 'acceptance is one-sided'],
    ['alpha', isShare(asked.alpha), mustBeShare],
  ]);
}
