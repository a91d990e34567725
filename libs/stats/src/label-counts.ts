// Labelled events of two arms, kept apart by the share of the traffic that the candidate had: all that the label test remembers.

export interface LabelCounts {
  /** The candidate's share w_c/(w_c + w_b) of the first rows, which sets the prior; null before any. */
  readonly firstShare: number | null;
  /** Events of the candidate. */
  readonly candidate: number;
  /** Events of both arms at each share, in the order in which shares came. */
  readonly shares: readonly { readonly share: number; readonly events: number }[];
}

export const noLabels: LabelCounts = { firstShare: null, candidate: 0, shares: [] };

export function addLabels(counts: LabelCounts, share: number, candidate: number, baseline: number): LabelCounts {
  const events = candidate + baseline;
  const firstShare = counts.firstShare ?? share;
  if (events === 0) return { ...counts, firstShare };
  const known = counts.shares.some((each) => each.share === share);
  const shares = known
    ? counts.shares.map((each) => (each.share === share ? { share, events: each.events + events } : each))
    : [...counts.shares, { share, events }];
  return { firstShare, candidate: counts.candidate + candidate, shares };
}

export function totalEvents(counts: LabelCounts): number {
  return counts.shares.reduce((sum, { events }) => sum + events, 0);
}

/** The share of a label at a rate ratio r: rho r/(rho r + 1 - rho). */
export function labelShare(share: number, ratio: number): number {
  return (share * ratio) / (share * ratio + 1 - share);
}
