// What the traffic earned, beside what it could have: the users are simulated, so that their probabilities are known exactly.
import { versionNames, type VersionName } from './recommenders';

/** Of one prediction: the version that answered, and for each version the probability of a click on what it would have recommended. */
export interface Chance {
  readonly device: string;
  readonly arm: VersionName;
  readonly probabilities: Readonly<Record<VersionName, number>>;
}

export interface Account {
  readonly predictions: number;
  /** Expected clicks: of what was recommended; of each version alone; of an even split; of the best version of each device. */
  readonly earned: number;
  readonly alone: Readonly<Record<VersionName, number>>;
  readonly split: number;
  readonly byDevice: number;
  readonly best: VersionName;
  /** Clicks lost against the best single version: by what was done, and by an even split. */
  readonly regret: number;
  readonly splitRegret: number;
  readonly shares: Readonly<Record<VersionName, number>>;
  /** The same, by device. */
  readonly sharesOn: Readonly<Record<string, Readonly<Record<VersionName, number>>>>;
}

export function accountOf(chances: readonly Chance[]): Account {
  const sumOf = (value: (chance: Chance) => number, among = chances): number =>
    among.reduce((sum, chance) => sum + value(chance), 0);
  const byVersion = <T>(value: (version: VersionName) => T): Record<VersionName, T> => ({
    v1: value('v1'),
    v2: value('v2'),
    v3: value('v3'),
  });
  const alone = byVersion((version) => sumOf(({ probabilities }) => probabilities[version]));
  const best = versionNames.reduce(
    (most, version) => (alone[version] > alone[most] ? version : most),
    'v1' as VersionName,
  );
  const earned = sumOf(({ arm, probabilities }) => probabilities[arm]);
  const split = (alone.v1 + alone.v2 + alone.v3) / versionNames.length;
  const devices = [...new Set(chances.map(({ device }) => device))];
  const byDevice = devices.reduce((sum, device) => {
    const own = chances.filter((chance) => chance.device === device);
    return sum + Math.max(...versionNames.map((version) => sumOf(({ probabilities }) => probabilities[version], own)));
  }, 0);
  return {
    ...{ predictions: chances.length, earned, alone, split, byDevice, best },
    ...{ regret: alone[best] - earned, splitRegret: alone[best] - split },
    shares: sharesOf(chances),
    sharesOn: Object.fromEntries(
      devices.sort().map((device) => [device, sharesOf(chances.filter((chance) => chance.device === device))]),
    ),
  };
}

function sharesOf(chances: readonly Chance[]): Record<VersionName, number> {
  const of = (version: VersionName): number =>
    chances.filter(({ arm }) => arm === version).length / Math.max(1, chances.length);
  return { v1: of('v1'), v2: of('v2'), v3: of('v3') };
}

const round = (value: number): string => value.toFixed(0);

export function accountLines({
  predictions,
  earned,
  alone,
  best,
  regret,
  splitRegret,
  byDevice,
  shares,
}: Account): string[] {
  const lost = regret < 0 ? `earned ${round(-regret)} more than` : `lost ${round(regret)} against`;
  return [
    `${predictions} predictions (${sharesLine(shares)}): ${round(earned)} clicks expected`,
    `each version alone: ${versionNames.map((version) => `${version} ${round(alone[version])}`).join(', ')}; the best one of each device: ${round(byDevice)}`,
    `${lost} ${best}, the best single one; an even split would have lost ${round(splitRegret)}`,
  ];
}

/** Whom each device met. */
export function deviceLines({ sharesOn }: Pick<Account, 'sharesOn'>): string[] {
  return Object.entries(sharesOn).map(([device, shares]) => `${device}: ${sharesLine(shares)}`);
}

function sharesLine(shares: Account['shares']): string {
  return versionNames.map((version) => `${version} ${round(100 * shares[version])} %`).join(', ');
}
