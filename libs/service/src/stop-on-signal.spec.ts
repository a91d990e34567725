// A stop that hangs ends all the same, within its limit.
import { EventEmitter } from 'node:events';
import { createLogger } from './logger';
import { stopOnSignal } from './stop-on-signal';

class FakeProcess extends EventEmitter {
  private end: (code: number) => void = () => {};
  readonly exited = new Promise<number>((resolve) => (this.end = resolve));

  exit(code: number): void {
    this.end(code);
  }
}

function plan(close: () => Promise<void>) {
  const happened: string[] = [];
  const fake = new FakeProcess();
  const note = (what: string) => () => void happened.push(what);
  const logger = createLogger('spec', 'silent');
  stopOnSignal(
    { logger, drainMs: 1, cutMs: 20, limitMs: 60, announce: note('announce'), cut: note('cut'), close },
    fake,
  );
  return { fake, happened };
}

it('ends with 1 when closing hangs, after it cut the requests off', async () => {
  const { fake, happened } = plan(() => new Promise(() => {}));
  fake.emit('SIGTERM');
  expect(await fake.exited).toBe(1);
  expect(happened).toEqual(['announce', 'cut']);
});

it('ends with 1 when closing fails', async () => {
  const { fake } = plan(() => Promise.reject(new Error('no')));
  fake.emit('SIGTERM');
  expect(await fake.exited).toBe(1);
});

it('ends with 0 and cuts nobody off when all goes well', async () => {
  const { fake, happened } = plan(() => Promise.resolve());
  fake.emit('SIGINT');
  expect(await fake.exited).toBe(0);
  expect(happened).toEqual(['announce']);
});
