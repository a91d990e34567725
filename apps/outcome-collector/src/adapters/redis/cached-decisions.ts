// Recent decisions in a cache. What is not there, or not readable, is asked of the database.
import { type Cache } from '@weir/service';
import { type Decision } from '../../domain/decision';
import { decisionText, readDecision } from '../../domain/decision-text';
import { type DecisionCache } from '../../ports';

export class CachedDecisions implements DecisionCache {
  constructor(
    private readonly cache: Cache,
    /** Of the database whose decisions these are. */
    private readonly installation: string,
    private readonly ttlMs: number,
    private readonly onLookup: (result: 'cache' | 'database', count: number) => void = () => undefined,
  ) {}

  async find(predictionIds: readonly string[]): Promise<ReadonlyMap<string, Decision>> {
    const values = await this.cache.getMany(predictionIds.map((id) => this.keyOf(id)));
    const found = new Map<string, Decision>();
    predictionIds.forEach((id, index) => {
      const decision = parse(values[index]);
      if (decision?.predictionId === id) found.set(id, decision);
    });
    this.onLookup('cache', found.size);
    this.onLookup('database', predictionIds.length - found.size);
    return found;
  }

  remember(decisions: readonly Decision[]): Promise<void> {
    const entries = decisions.map((decision) => ({
      key: this.keyOf(decision.predictionId),
      value: decisionText(decision),
    }));
    return this.cache.setMany(entries, this.ttlMs);
  }

  private keyOf(predictionId: string): string {
    return `weir:${this.installation}:decision:${predictionId}`;
  }
}

function parse(value: string | undefined): Decision | undefined {
  if (value === undefined) return undefined;
  try {
    return readDecision(value);
  } catch {
    return undefined;
  }
}
