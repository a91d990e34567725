// Logs are one JSON line each, and keep the secrets of headers to themselves.
import { createLogger, NestLogger } from './logger';

function capture() {
  const lines: string[] = [];
  return { lines, logger: createLogger('spec', 'debug', { write: (line) => void lines.push(line) }) };
}

it('writes the level as a word and the time as an instant', () => {
  const { lines, logger } = capture();
  logger.info({ model: 'spam' }, 'hello\nworld');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', name: 'spec', model: 'spam', msg: 'hello\nworld' });
  expect(lines[0]).toMatch(/"time":"\d{4}-\d\d-\d\dT/);
});

it.each([
  [{ authorization: 'Bearer swordfish' }],
  [{ headers: { authorization: 'Bearer swordfish', cookie: 'swordfish' } }],
  [{ req: { headers: { authorization: 'Bearer swordfish', 'x-api-key': 'swordfish' } } }],
  [{ request: { headers: { 'proxy-authorization': 'swordfish' } } }],
])('redacts the headers that authorise', (object) => {
  const { lines, logger } = capture();
  logger.info(object, 'a request');
  expect(lines[0]).not.toContain('swordfish');
  expect(lines[0]).toContain('[redacted]');
});

it("keeps Nest's chatter at debug and its warnings at warn", () => {
  const { lines, logger } = capture();
  const nest = new NestLogger(logger);
  nest.log('Mapped {/x, GET} route', 'RouterExplorer');
  nest.warn('beware');
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['debug', 'warn']);
});
