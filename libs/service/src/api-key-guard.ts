// Lets a request pass if the route is public, or if its key is known, alive and of a role that the route takes.
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type Role, WeirError } from '@weir/contracts';
import { accessOf, permits, type Principal } from './access';
import { matchesDigest, parseApiKey } from './api-key';
import type { KeyRing } from './key-ring';

/** Says no more than that: which part was wrong is nobody's business. */
export class UnauthenticatedError extends WeirError {
  constructor() {
    super('unauthenticated', 'needs Authorization: Bearer <api key>, of a key that is known, active and not expired');
  }
}

export class ForbiddenError extends WeirError {
  constructor(role: Role, needed: readonly Role[]) {
    super('forbidden', `the key's role is ${role}; this needs ${needed.join(' or ')}`);
  }
}

export interface GuardOptions {
  /** off: routes that producers may call are open (WEIR_PRODUCER_AUTH). Default required. */
  readonly producerAuth?: 'off' | 'required';
  /** The clock, for expiry. */
  readonly nowMs?: () => number;
}

interface GuardedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  principal?: Principal;
}

@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: KeyRing,
    private readonly options: GuardOptions = {},
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true; // Kafka has its own access lists
    const access = accessOf(context.getHandler(), context.getClass());
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const principal = await this.authenticate(request.headers['authorization'], access ?? []);
    if (!access || !permits(access, principal.role)) throw new ForbiddenError(principal.role, access ?? []);
    request.principal = principal;
    return true;
  }

  private async authenticate(header: string | string[] | undefined, access: readonly Role[]): Promise<Principal> {
    const open = this.options.producerAuth === 'off' && access.includes('producer');
    if (open && header === undefined) return { id: 'anonymous', name: 'anonymous', role: 'producer' };
    return authenticate(this.keys, header, this.options.nowMs?.() ?? Date.now());
  }
}

/** For those who answer beside Nest: the router's live path. @throws UnauthenticatedError */
export async function authenticate(
  keys: KeyRing,
  header: string | string[] | undefined,
  nowMs: number,
): Promise<Principal> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(typeof header === 'string' ? header : '') ?? [];
  const key = parseApiKey(token ?? '');
  if (!key) throw new UnauthenticatedError();
  const record = await keys.find(key.id);
  const matches = matchesDigest(key.secret, record?.sha256);
  if (!record || !matches || record.state !== 'active') throw new UnauthenticatedError();
  if (record.expiresAt !== undefined && !(Date.parse(record.expiresAt) > nowMs)) throw new UnauthenticatedError();
  return { id: key.id, name: record.name, role: record.role };
}
