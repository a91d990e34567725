// The weights of arms when some are out: the others keep their proportions, so that no unit of theirs moves.

/** Basis points, 10000 in all; what rounding leaves goes to those that it took most from. */
export function weightsWithout(arms: Readonly<Record<string, number>>, out: readonly string[]): Record<string, number> {
  const left = Object.entries(arms).filter(([arm]) => !out.includes(arm));
  const total = left.reduce((sum, [, bps]) => sum + bps, 0);
  const exact = left.map(([arm, bps]) => ({ arm, bps: (10_000 * bps) / total }));
  const rest = 10_000 - exact.reduce((sum, { bps }) => sum + Math.floor(bps), 0);
  const favoured = new Set(
    [...exact]
      .sort((a, b) => (b.bps % 1) - (a.bps % 1) || (a.arm < b.arm ? -1 : 1))
      .slice(0, rest)
      .map(({ arm }) => arm),
  );
  const shares = exact.map(({ arm, bps }) => [arm, Math.floor(bps) + Number(favoured.has(arm))] as const);
  return { ...Object.fromEntries(Object.keys(arms).map((arm) => [arm, 0])), ...Object.fromEntries(shares) };
}
