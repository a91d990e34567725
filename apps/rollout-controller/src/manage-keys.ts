// API keys: made, listed, revoked; only their digests are kept and published.
import { type Role } from '@weir/contracts';
import { type ApiKey, type Caller, type Clock, type Store, type Tx } from './ports';
import { notFound } from './refusals';

export interface KeyMaker {
  /** A new key of 256 random bits: its public id, its whole text, and the sha256 of its secret half in hexadecimal. */
  make(): { readonly id: string; readonly key: string; readonly sha256: string };
  /** The parts of `weir_<id>_<secret>`; undefined where the text is no key. */
  read(text: string): { readonly id: string; readonly sha256: string } | undefined;
}

export interface KeyRequest {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt?: string | undefined;
}

export class ManageKeys {
  constructor(
    private readonly clock: Clock,
    private readonly maker: KeyMaker,
  ) {}

  /** The text is shown here and never again. */
  async create(tx: Tx, { name, role, expiresAt }: KeyRequest, caller: Caller): Promise<{ key: ApiKey; text: string }> {
    const { id, key: text, sha256 } = this.maker.make();
    const now = this.clock.now();
    const key: ApiKey = {
      id,
      name,
      role,
      sha256,
      state: 'active',
      createdBy: caller.name,
      createdAt: now,
      ...(expiresAt ? { expiresAt } : {}),
    };
    await this.save(tx, key, caller, 'create-key', now);
    return { key, text };
  }

  /** @throws Refused 404. Revoking twice is no fault. */
  async revoke(tx: Tx, id: string, caller: Caller): Promise<ApiKey> {
    const key = await tx.keys.find(id);
    if (!key) throw notFound('key', id);
    const revoked: ApiKey = { ...key, state: 'revoked' };
    if (key.state === 'active') await this.save(tx, revoked, caller, 'revoke-key', this.clock.now());
    return revoked;
  }

  /** The admin key that the environment names is accepted. A second start changes nothing; a revoked one stays revoked. */
  async bootstrap(store: Store, text: string): Promise<void> {
    const read = this.maker.read(text);
    if (!read) throw new Error('WEIR_BOOTSTRAP_ADMIN_KEY is not of the form weir_<id>_<secret>');
    await store.transaction(async (tx) => {
      const known = await tx.keys.find(read.id);
      if (known && (known.sha256 === read.sha256 || known.state === 'revoked')) return;
      const now = this.clock.now();
      const key: ApiKey = {
        ...read,
        name: 'bootstrap',
        role: 'admin',
        state: 'active',
        createdBy: 'weir',
        createdAt: now,
      };
      await this.save(tx, key, { id: 'weir', name: 'weir' }, 'bootstrap-key', now);
    });
  }

  private async save(tx: Tx, key: ApiKey, caller: Caller, action: string, now: string): Promise<void> {
    const { createdBy: _by, createdAt: _at, ...published } = key;
    await tx.keys.save(key);
    const blank = { rollout: null, model: null, from: null, to: null, revision: null };
    await tx.audit.add({
      ...blank,
      at: now,
      actor: caller.name,
      action,
      reason: `${key.name} (${key.id}), ${key.role}`,
    });
    await tx.announce.key({ ...published, at: now });
  }
}
