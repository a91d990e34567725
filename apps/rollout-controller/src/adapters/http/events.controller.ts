// GET /events: every move of every rollout as server-sent events, resumed by Last-Event-ID from the audit trail.
import { Controller, Headers, type OnModuleDestroy, Res, Inject } from '@nestjs/common';
import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type AuditRecord, type Store } from '../../ports';
import { Refused } from '../../refusals';
import { Route } from './route';

interface RawReply {
  hijack(): unknown;
  readonly raw: ServerResponse;
}

const pollMs = 500;
const mostStreams = 200;

@Controller()
export class EventsController implements OnModuleDestroy {
  private readonly streams = new Set<AbortController>();

  constructor(@Inject('Store') private readonly store: Store) {}

  @Route({
    method: 'get',
    path: '/api/v1/events',
    access: 'viewer',
    summary: 'Moves of rollouts as they happen (text/event-stream). Last-Event-ID resumes after that event.',
    answers: { 200: 'text/event-stream: `id` ascends, `event: rollout-changed`, `data` is JSON' },
  })
  async events(@Headers('last-event-id') lastEventId: string | undefined, @Res() reply: RawReply): Promise<void> {
    if (this.streams.size >= mostStreams)
      throw new Refused('too-many-streams', `at most ${mostStreams} streams at once`);
    const from = /^\d{1,15}$/.test(lastEventId ?? '')
      ? Number(lastEventId)
      : await this.store.read.audit.latestSequence();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    raw.write(': here\n\n');
    const ended = new AbortController();
    this.streams.add(ended);
    raw.on('close', () => ended.abort());
    await this.follow(raw, from, ended.signal).catch(() => undefined);
    this.streams.delete(ended);
    raw.end();
  }

  /** Open streams would hold the shutdown. */
  onModuleDestroy(): void {
    for (const stream of this.streams) stream.abort();
  }

  private async follow(raw: ServerResponse, from: number, signal: AbortSignal): Promise<void> {
    let last = from;
    for (let quiet = 0; !signal.aborted; quiet += 1) {
      const records = await this.store.read.audit.after(last, 100).catch(() => []);
      const text = records.map(toEvent).join('') || (quiet % 30 === 29 ? ': still here\n\n' : '');
      if (text && !raw.write(text)) await once(raw, 'drain', { signal });
      last = records.at(-1)?.sequence ?? last;
      if (records.length === 0) await pause(pollMs, undefined, { signal });
    }
  }
}

function toEvent({ sequence, rollout, model, at, actor, action, from, to, reason, revision }: AuditRecord): string {
  const data = JSON.stringify({ rollout, model, at, actor, action, from, to, reason, revision });
  return `id: ${sequence}\nevent: rollout-changed\ndata: ${data}\n\n`;
}
