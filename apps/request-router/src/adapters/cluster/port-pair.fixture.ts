// The two ends of a way between processes, within one: messages are copied, and arrive later.
import { type Port } from './peer';

export function portPair(): [Port, Port] {
  const listeners: ((message: unknown) => void)[] = [];
  const end = (own: number, other: number): Port => ({
    send: (message) => {
      const copy = structuredClone(message);
      setImmediate(() => listeners[other]?.(revived(copy)));
    },
    onMessage: (listener) => (listeners[own] = listener),
  });
  return [end(0, 1), end(1, 0)];
}

/** structuredClone makes plain arrays of bytes of buffers; messages between processes do not. */
function revived(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revived(one)]));
}
