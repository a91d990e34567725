// Arms weighed by the attributes of a prediction. What a context comes to is worked out when it is first met, and kept: contexts are finitely many.
import { contextKey, contextWeights, toBasisPoints, type CompiledContext } from '@weir/bandits';
import { type Contender } from './rendezvous';
import { type Attributes } from './segment';
import { type Decisions } from './snapshot';

/** What a hash is drawn among. */
export interface Draws {
  readonly contenders: readonly Contender[];
  /** By the contender's index. */
  readonly decisions: readonly Decisions[];
}

/** More contexts than this at once are forgotten and worked out again: a router's memory does not grow with what callers send. */
const mostContexts = 10_000;

export class ContextDraws {
  private readonly known = new Map<string, Draws>();

  constructor(
    private readonly context: CompiledContext,
    private readonly drawsOf: (weights: Readonly<Record<string, number>>) => Draws,
  ) {}

  of(attributes: Attributes): Draws {
    const key = contextKey(this.context.features, attributes);
    const held = this.known.get(key);
    if (held) return held;
    if (this.known.size >= mostContexts) this.known.clear();
    const draws = this.drawsOf(this.weigh(attributes));
    this.known.set(key, draws);
    return draws;
  }

  /** Whole basis points, so that the propensity of the record is the probability of the draw itself. */
  private weigh(attributes: Attributes): Record<string, number> {
    const shares = Object.entries(contextWeights(this.context, attributes));
    const points = toBasisPoints(shares.map(([, share]) => share));
    return Object.fromEntries(shares.map(([arm], index) => [arm, points[index] ?? 0]));
  }
}
