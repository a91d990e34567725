// A connection that prepares each statement with parameters once: parsing and planning cost more than small statements do.
import { Client, type QueryResult } from 'pg';

/** Texts are constants of the services; should somebody build them from data, the rest are sent unnamed. */
const mostNames = 500;
const names = new Map<string, string>();

/** What Postgres says when a table has changed under a prepared statement. */
const staleStates = new Set(['0A000', '26000']);

export class PreparedClient extends Client {
  /** Names that a migration beside us made stale are not used again on this connection. */
  private generation = 0;

  // pg's query has eight forms: TypeORM uses (text, values) with and without a callback
  override query(...given: unknown[]): never {
    const [text, values, ...rest] = given;
    const name = typeof text === 'string' && Array.isArray(values) ? nameOf(text) : undefined;
    const prepared = name === undefined ? given : [{ name: `${name}.${this.generation}`, text, values }, ...rest];
    const sent: unknown = super.query(...(prepared as [never]));
    if (name !== undefined && sent instanceof Promise) this.watch(sent as Promise<QueryResult>);
    return sent as never;
  }

  private watch(sent: Promise<QueryResult>): void {
    sent.catch((error: { code?: unknown }) => {
      if (typeof error.code === 'string' && staleStates.has(error.code)) this.generation += 1;
    });
  }
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= mostNames) return known;
  const name = `weir${names.size}`;
  names.set(text, name);
  return name;
}
