// What every ModelServer does, real or fake.
import { Cancellation } from './cancellation';
import { type ServerAuth } from './call-headers';
import { type FakeBehaviour } from './fake-model-server';
import { type ModelCall, type ModelServer } from './model-server';

export interface ModelServerUnderTest {
  readonly server: ModelServer;
  behave(behaviour: FakeBehaviour): void;
  /** Names (in any case) and values in turn, of the last call. */
  received(): readonly string[];
  close(): Promise<void>;
}

export const maxResponseBytes = 100_000;

/** The server under test is opened with this. */
export const auth: ServerAuth = { header: 'x-key', value: () => 'the key' };

export function describeModelServer(name: string, start: () => Promise<ModelServerUnderTest>): void {
  describe(`${name}, as a model server`, () => {
    let test: ModelServerUnderTest;
    const call = (changed: Partial<ModelCall> = {}): ReturnType<ModelServer['call']> =>
      test.server.call({
        method: 'POST',
        path: '/v2/models/m/infer',
        headers: [],
        body: Buffer.from('{}'),
        timeoutMs: 5_000,
        ...changed,
      });

    const valuesOf = (name: string): string[] => {
      const received = test.received();
      return received.filter((_, index) => index % 2 === 1 && received[index - 1]?.toLowerCase() === name);
    };

    beforeEach(async () => {
      test = await start();
    });
    afterEach(() => test.close());

    it('hands over status, headers and the bytes of the body as they came', async () => {
      const body = Buffer.from([0x1f, 0x8b, 0, 255, 10, 13]);
      test.behave({
        kind: 'answer',
        status: 201,
        headers: { 'content-type': 'application/x-own', 'content-encoding': 'gzip' },
        body,
      });
      const answer = await call();
      expect(answer).toMatchObject({ kind: 'answered', status: 201, body });
      expect(answer.kind === 'answered' && answer.headers['content-encoding']).toBe('gzip');
    });

    it('tells the server how long it has', async () => {
      await call({ timeoutMs: 1_234 });
      expect(valuesOf('x-request-timeout-ms')).toEqual(['1234']);
    });

    it("sends Weir's own key, and never the caller's header of that name", async () => {
      await call({ headers: ['X-Key', 'forged', 'x-other', '1', 'x-key', 'forged too'] });
      expect(valuesOf('x-key')).toEqual(['the key']);
      expect(valuesOf('x-other')).toEqual(['1']);
    });

    it('hands over a 500, a 404 and a redirect as answers', async () => {
      for (const status of [500, 404, 307]) {
        test.behave({ kind: 'answer', status, headers: { location: '/elsewhere' }, body: 'x' });
        expect(await call()).toMatchObject({ kind: 'answered', status });
      }
    });

    it('gives up when the time is over', async () => {
      test.behave({ kind: 'hang' });
      const start = performance.now();
      expect(await call({ timeoutMs: 80 })).toMatchObject({ kind: 'failed', cause: 'timeout', sent: true });
      expect(performance.now() - start).toBeLessThan(2_000);
      expect(test.server.pending).toBe(0);
    });

    it('gives up when the caller leaves', async () => {
      test.behave({ kind: 'hang' });
      const cancellation = new Cancellation();
      const answer = call({ cancellation });
      setTimeout(() => cancellation.request(), 30);
      expect(await answer).toMatchObject({ kind: 'failed', cause: 'cancelled', sent: true });
      expect(await call({ cancellation })).toMatchObject({ cause: 'cancelled', sent: false });
    });

    it('says that nothing was sent where nobody listens', async () => {
      test.behave({ kind: 'refuse' });
      expect(await call()).toMatchObject({ kind: 'failed', cause: 'unreachable', sent: false });
    });

    it('says that the call was sent where the connection broke', async () => {
      test.behave({ kind: 'break' });
      expect(await call()).toMatchObject({ kind: 'failed', cause: 'broken', sent: true });
    });

    it('refuses an answer with more bytes than it keeps', async () => {
      test.behave({ kind: 'answer', body: Buffer.alloc(maxResponseBytes + 1) });
      expect(await call()).toMatchObject({ kind: 'failed', cause: 'too-large' });
      test.behave({ kind: 'answer', body: Buffer.alloc(maxResponseBytes) });
      expect(await call()).toMatchObject({ kind: 'answered' });
    });

    it('counts the calls that have no answer yet', async () => {
      test.behave({ kind: 'answer', afterMs: 50 });
      const calls = [call(), call(), call()];
      expect(test.server.pending).toBe(3);
      await Promise.all(calls);
      expect(test.server.pending).toBe(0);
    });

    it('finishes the calls under way before it closes', async () => {
      test.behave({ kind: 'answer', afterMs: 100 });
      const answer = call();
      await Promise.all([answer, test.server.close()]);
      expect(await answer).toMatchObject({ kind: 'answered' });
      expect(await call()).toMatchObject({ kind: 'failed', cause: 'unreachable', sent: false });
    });
  });
}
