// What the allocator refuses over HTTP.
import { type ErrorStatuses } from '@weir/service';

export const errorStatuses: ErrorStatuses = { unavailable: 503 };
