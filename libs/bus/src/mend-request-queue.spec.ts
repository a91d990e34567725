// The mend of kafkajs' request queue. When the first of these fails after an upgrade, read the new queue before going on.
import RequestQueue from 'kafkajs/src/network/requestQueue';
import './kafka-client';
import { mendRequestQueue } from './mend-request-queue';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  destroy(): void;
}

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const make = (): Queue => {
  const Make = RequestQueue as unknown as new (options: object) => Queue;
  return new Make({
    maxInFlightRequests: null,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'c',
    broker: 'b',
    logger,
  });
};

describe('mendRequestQueue', () => {
  it('finds the shape of kafkajs 2.2.4', () => {
    const queue = make();
    expect(queue.pending).toEqual([]);
    expect(queue.throttledUntil).toBe(-1);
    expect(queue.throttleCheckTimeoutId).toBeNull();
    expect(typeof RequestQueue.prototype.scheduleCheckPendingRequests).toBe('function');
  });

  it('arms no timer while nothing waits and nothing is throttled', () => {
    const queue = make();
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('still arms one while the broker throttles, and while something waits', () => {
    const throttled = make();
    throttled.throttledUntil = Date.now() + 60_000;
    throttled.checkPendingRequests();
    expect(throttled.throttleCheckTimeoutId).not.toBeNull();
    throttled.destroy();
  });

  it('fails loudly when the method is gone', () => {
    expect(() => mendRequestQueue({ prototype: {} })).toThrow('kafkajs has changed');
  });
});
