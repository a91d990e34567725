// The day that a prediction or outcome is filed under: from the UUIDv7 of its id, so that it is found without searching.
const dayMs = 86_400_000;

/** Where outcomes are filed whose id tells no time: they are dropped by age, not by partition. */
export const undatedDay = '1970-01-01';

const uuidV7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Records come by the thousand and days by the dozen. */
const names = new Map<number, string>();

export function dayOf(instantMs: number): string {
  const day = Math.floor(instantMs / dayMs);
  const known = names.get(day);
  if (known !== undefined) return known;
  if (names.size > 1_000) names.clear();
  const name = new Date(day * dayMs).toISOString().slice(0, 10);
  names.set(day, name);
  return name;
}

/**
 * The day in a UUIDv7; undefined for other ids and for an instant that the caller cannot have meant: more than a day ahead
 * of `nearMs` or `reachDays` behind it. Ids are the callers': without the limit they would choose our partitions.
 */
export function dayOfId(predictionId: string, nearMs: number, reachDays: number): string | undefined {
  const match = uuidV7.exec(predictionId);
  if (!match) return undefined;
  const instantMs = parseInt(`${match[1]}${match[2]}`, 16);
  const plausible = instantMs <= nearMs + dayMs && instantMs >= nearMs - reachDays * dayMs;
  return plausible ? dayOf(instantMs) : undefined;
}

/** Deduplication of a prediction reaches the day this gives. */
export function predictionDay(predictionId: string, servedAtMs: number, reachDays: number): string {
  return dayOfId(predictionId, servedAtMs, reachDays) ?? dayOf(servedAtMs);
}

export function outcomeDay(predictionId: string, arrivedAtMs: number, reachDays: number): string {
  return dayOfId(predictionId, arrivedAtMs, reachDays) ?? undatedDay;
}

/** Why a prediction cannot be filed: its day is gone, or has not begun. A clock ahead by less than a day is tolerated. */
export function undatable(servedAtMs: number, nowMs: number, reachDays: number): string | undefined {
  if (Number.isNaN(servedAtMs)) return 'servedAt is no instant';
  if (servedAtMs > nowMs + dayMs) return 'servedAt is more than a day ahead';
  return servedAtMs < nowMs - reachDays * dayMs ? `servedAt is more than ${reachDays} days ago` : undefined;
}
