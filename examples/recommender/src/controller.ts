// The rollout controller as a user's script calls it.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { type Settings } from './settings';

/** From src and from dist alike. */
const folder = join(__dirname, '..');
const patienceMs = 60_000;

export interface RolloutView {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  /** Basis points by version. */
  readonly weights: { readonly desired: Readonly<Record<string, number>> };
}

export class Controller {
  constructor(private readonly settings: Settings) {}

  putModel(): Promise<unknown> {
    const text = readFileSync(join(folder, 'model.yaml'), 'utf8');
    const settings: Record<string, unknown> = this.settings;
    const known = text.replace(/\$\{(\w+)\}/g, (place, name: string) =>
      typeof settings[name] === 'string' ? settings[name] : place,
    );
    return this.call('PUT', '/models/recommender', parse(known));
  }

  async submit(manifest: 'bandit' | 'by-device'): Promise<string> {
    const body: unknown = parse(readFileSync(join(folder, `${manifest}.yaml`), 'utf8'));
    return ((await this.call('POST', '/rollouts', body)) as RolloutView).id;
  }

  rollout(id: string): Promise<RolloutView> {
    return this.call('GET', `/rollouts/${id}`) as Promise<RolloutView>;
  }

  /** Ends what runs of the model, and waits until it has. */
  async endRollouts(reason: string): Promise<void> {
    for (let looks = 0; looks < 240; looks += 1) {
      const { rollouts } = (await this.call('GET', '/rollouts?model=recommender')) as { rollouts: RolloutView[] };
      const live = rollouts.filter(({ state }) => !['completed', 'rolled-back', 'superseded'].includes(state));
      if (live.length === 0) return;
      for (const { id, state } of live)
        if (state !== 'rolling-back')
          await this.call('POST', `/rollouts/${id}/abort`, { reason }).catch(() => undefined);
      await sleep(250);
    }
    throw new Error('a rollout of the recommender did not end within a minute');
  }

  /** What is away for a while is asked again; the same Idempotency-Key makes it one call. */
  async call(method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const key = randomUUID();
    for (const until = performance.now() + patienceMs; ;) {
      const answer = await this.once(method, path, body, key).catch((error: Error) => ({
        status: 503,
        text: error.message,
      }));
      if (answer.status < 300) return answer.text === '' ? undefined : (JSON.parse(answer.text) as unknown);
      if (answer.status < 500 || performance.now() > until)
        throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
      await sleep(500);
    }
  }

  private async once(
    method: string,
    path: string,
    body: unknown,
    key: string,
  ): Promise<{ status: number; text: string }> {
    const { WEIR_CONTROLLER, WEIR_API_KEY } = this.settings;
    const response = await fetch(`${WEIR_CONTROLLER}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${WEIR_API_KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(method === 'POST' && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, text: await response.text() };
  }
}
