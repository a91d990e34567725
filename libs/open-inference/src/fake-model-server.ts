// A model server in memory, for specs: held to the same contract as the real client.
import { callHeaders, type ServerAuth } from './call-headers';
import { type ModelAnswer, type ModelCall, type ModelServer } from './model-server';

export type FakeBehaviour =
  | {
      readonly kind: 'answer';
      readonly status?: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Buffer;
      readonly afterMs?: number;
    }
  | { readonly kind: 'hang' | 'refuse' | 'break' };

export class FakeModelServer implements ModelServer {
  readonly calls: ModelCall[] = [];
  /** The headers of the last call, as a server would have met them: names and values in turn. */
  received: readonly string[] = [];
  pending = 0;
  private closed = false;

  constructor(
    readonly url: string,
    public behaviour: FakeBehaviour = { kind: 'answer' },
    private readonly maxResponseBytes = 8 * 1024 ** 2,
    private readonly auth?: ServerAuth,
  ) {}

  async call(call: ModelCall): Promise<ModelAnswer> {
    if (call.cancellation?.requested)
      return { kind: 'failed', cause: 'cancelled', sent: false, detail: 'the caller left' };
    if (this.closed || this.behaviour.kind === 'refuse')
      return { kind: 'failed', cause: 'unreachable', sent: false, detail: 'connection refused' };
    this.calls.push(call);
    this.received = callHeaders(call, this.auth);
    this.pending++;
    const answer = await this.answer(call, this.behaviour);
    this.pending--;
    return answer;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private answer(call: ModelCall, behaviour: FakeBehaviour): Promise<ModelAnswer> {
    return new Promise((resolve) => {
      const settle = (answer: ModelAnswer): void => {
        clearTimeout(deadline);
        clearTimeout(answering);
        call.cancellation?.listen(undefined);
        resolve(answer);
      };
      const fail = (cause: 'timeout' | 'broken' | 'too-large' | 'cancelled'): void =>
        settle({ kind: 'failed', cause, sent: true, detail: cause });
      const deadline = setTimeout(() => fail('timeout'), call.timeoutMs);
      const answering = setTimeout(
        () => {
          if (behaviour.kind === 'break') return fail('broken');
          if (behaviour.kind !== 'answer') return;
          const body = Buffer.from(behaviour.body ?? '{}');
          if (body.length > this.maxResponseBytes) return fail('too-large');
          const headers = behaviour.headers ?? { 'content-type': 'application/json' };
          settle({ kind: 'answered', status: behaviour.status ?? 200, headers, body });
        },
        behaviour.kind === 'answer' ? (behaviour.afterMs ?? 0) : 0,
      );
      call.cancellation?.listen(() => fail('cancelled'));
    });
  }
}
