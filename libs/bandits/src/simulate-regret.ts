// For simulations: what a rule loses by not knowing the best arm, with feedback that comes in batches and items that come and go.
import { probabilityBest } from './probability-best';
import { betaDraw, type Random } from './simulation/random';

/** What was seen of an arm. */
export interface Seen {
  hits: number;
  misses: number;
}

/** Says, from what has been fed back, how arms are chosen until the next feedback. `steps`: chosen so far. */
export type Rule = (seen: readonly Seen[], steps: number) => (random: Random) => number;

export interface RegretSetting {
  /** Of each arm the probability of a hit; or arms whose items are drawn from Beta(4, 4) and replaced with this probability a step, at the next feedback. */
  readonly means: readonly number[] | { readonly arms: number; readonly retire: number };
  readonly horizon: number;
  /** Steps between feedbacks. */
  readonly batch: number;
  /** Steps after which the regret is noted, ascending; the last is the horizon. */
  readonly checkpoints: readonly number[];
}

/** Cumulative pseudo-regret at each checkpoint. Reference: the setting of Chapelle and Li 2011, "An empirical evaluation of Thompson sampling". */
export function simulateRegret(setting: RegretSetting, rule: Rule, random: Random): number[] {
  const { means, horizon, batch, checkpoints } = setting;
  const retire = 'arms' in means ? means.retire : 0;
  const rates = 'arms' in means ? Array.from({ length: means.arms }, () => betaDraw(random, 4, 4)) : [...means];
  const seen = rates.map(() => ({ hits: 0, misses: 0 }));
  const noted: number[] = [];
  let regret = 0;
  for (let step = 0; step < horizon; step += batch) {
    const until = Math.min(horizon, step + batch);
    const [choose, best] = [rule(seen, step + 1), Math.max(...rates)];
    const fresh = seen.map(() => ({ hits: 0, misses: 0 }));
    for (let at = step; at < until; at += 1) {
      const arm = choose(random);
      const rate = rates[arm] ?? 0;
      regret += best - rate;
      note(fresh, arm, random() < rate);
      if (at + 1 === checkpoints[noted.length]) noted.push(regret);
    }
    for (const [arm, { hits, misses }] of fresh.entries()) add(seen[arm], hits, misses);
    if (retire > 0) replaceItems(rates, seen, { steps: until - step, retire }, random);
  }
  return noted;
}

function note(fresh: readonly Seen[], arm: number, isHit: boolean): void {
  add(fresh[arm], isHit ? 1 : 0, isHit ? 0 : 1);
}

function add(seen: Seen | undefined, hits: number, misses: number): void {
  if (!seen) return;
  seen.hits += hits;
  seen.misses += misses;
}

function replaceItems(
  rates: number[],
  seen: Seen[],
  { steps, retire }: { steps: number; retire: number },
  random: Random,
): void {
  for (let step = 0; step < steps; step += 1) {
    if (random() >= retire) continue;
    const arm = Math.floor(random() * rates.length);
    rates[arm] = betaDraw(random, 4, 4);
    seen[arm] = { hits: 0, misses: 0 };
  }
}

/** Thompson sampling as Weir allocates: the shares of a batch by quadrature, at least the floor each. */
export function thompsonRule(floor = 0): Rule {
  return (seen) => {
    const best = probabilityBest(seen.map(({ hits, misses }) => ({ kind: 'beta', alpha: 1 + hits, beta: 1 + misses })));
    return fromShares(best.map((p) => floor + (1 - best.length * floor) * p));
  };
}

/** The same by a draw for each step, which chooses each arm with the same probability: for feedback after every step. */
export const thompsonDrawsRule: Rule = (seen) => (random) => {
  let [chosen, most] = [0, -1];
  for (const [arm, { hits, misses }] of seen.entries()) {
    const drawn = betaDraw(random, 1 + hits, 1 + misses);
    if (drawn > most) [chosen, most] = [arm, drawn];
  }
  return chosen;
};

/** The arm with the greatest index, until there is feedback. */
export function indexRule(index: (mean: number, outcomes: number, steps: number) => number): Rule {
  return (seen, steps) => {
    let [chosen, most] = [0, -Infinity];
    for (const [arm, { hits, misses }] of seen.entries()) {
      const outcomes = hits + misses;
      const found = outcomes === 0 ? Infinity : index(hits / outcomes, outcomes, steps);
      if (found > most) [chosen, most] = [arm, found];
    }
    return () => chosen;
  };
}

/** Epsilon for all arms, the rest for the best mean so far (arms without outcomes first). */
export function epsilonGreedyRule(epsilon: number): Rule {
  return (seen) => {
    const greedy = indexRule((mean) => mean)(seen, 0);
    return (random) => (random() < epsilon ? Math.floor(random() * seen.length) : greedy(random));
  };
}

export function softmaxRule(weigh: (means: readonly number[]) => readonly number[]): Rule {
  return (seen) => fromShares(weigh(seen.map(({ hits, misses }) => (1 + hits) / (2 + hits + misses))));
}

function fromShares(shares: readonly number[]): (random: Random) => number {
  let sum = 0;
  const upTo = shares.map((share) => (sum += share));
  return (random) => {
    const drawn = random() * sum;
    const arm = upTo.findIndex((limit) => drawn < limit);
    return arm < 0 ? shares.length - 1 : arm;
  };
}
