// kafkajs 2.2.4 re-arms a 1 ms timer for ever on every connection, also when nothing waits. Mended here, at import.

/** What of kafkajs' RequestQueue the mend relies on. */
export interface MendableQueue {
  prototype: {
    pending?: unknown[];
    throttledUntil?: number;
    scheduleCheckPendingRequests?: (this: QueueState) => void;
  };
}

interface QueueState {
  pending: unknown[];
  throttledUntil: number;
}

const mended = new WeakSet<object>();

/**
 * Lets the queue sleep while nothing waits and nothing is throttled; the next request or response wakes it anyway.
 * @throws Error when kafkajs no longer has the shape this was written for: then read its queue again before upgrading.
 */
export function mendRequestQueue(queue: MendableQueue): void {
  const prototype = queue.prototype;
  if (mended.has(prototype)) return;
  const original = prototype.scheduleCheckPendingRequests;
  if (typeof original !== 'function')
    throw new Error('kafkajs has changed: RequestQueue.scheduleCheckPendingRequests is gone');
  prototype.scheduleCheckPendingRequests = function (this: QueueState) {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    original.call(this);
  };
  mended.add(prototype);
}
