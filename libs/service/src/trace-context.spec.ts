// W3C trace context, the good and the malformed.
import { formatTraceparent, parseTraceparent } from './trace-context';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

it('reads and writes version 00', () => {
  const header = `00-${traceId}-${spanId}-01`;
  expect(parseTraceparent(header)).toEqual({ traceId, spanId, sampled: true });
  expect(formatTraceparent({ traceId, spanId, sampled: true })).toBe(header);
  expect(parseTraceparent(`00-${traceId}-${spanId}-00`)?.sampled).toBe(false);
});

it('reads what it knows of a later version', () => {
  expect(parseTraceparent(`cc-${traceId}-${spanId}-03-what-comes`)).toEqual({ traceId, spanId, sampled: true });
});

it.each([
  undefined,
  '',
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}`,
  `cc-${traceId}-${spanId}-01more`,
])('takes %s for no trace', (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

it('takes two headers for no trace', () => {
  expect(parseTraceparent([`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`])).toBeUndefined();
});
