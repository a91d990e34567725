// What the allocator refuses over HTTP.
import { WeirError } from '@weir/contracts';
import { type ErrorStatuses } from '@weir/service';

export class UnknownBanditError extends WeirError {
  constructor() {
    super('not-found', 'no bandit of this rollout is known here, or none was rebuilt since this process began');
  }
}

export const errorStatuses: ErrorStatuses = { unavailable: 503 };
