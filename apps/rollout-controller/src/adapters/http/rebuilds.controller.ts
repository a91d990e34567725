// What a bandit has learnt, computed again from its outcomes: ordered and told of here, done by the allocator.
import { Body, Controller, Headers, Inject, Param } from '@nestjs/common';
import { rebuildOrder, rebuildView, rolloutId, type RebuildOrder } from '@weir/contracts';
import { parseBody, parsePath } from '@weir/service';
import { notFound, Refused } from '../../refusals';
import { type Owner, type OwnerAnswer } from './forwards.controller';
import { Route } from './route';

@Controller()
export class RebuildsController {
  constructor(@Inject('Allocator') private readonly allocator: Owner) {}

  @Route({
    method: 'post',
    path: '/api/v1/bandits/:rollout/rebuild',
    access: 'admin',
    summary:
      'Compute again from all outcomes what the bandits of a rollout have learnt, and compare; replace it where that is ordered.',
    body: rebuildOrder,
    answers: { 202: rebuildView },
  })
  async rebuild(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
    @Body(parseBody(rebuildOrder)) order: RebuildOrder,
    @Headers('authorization') authorization?: string,
  ): Promise<unknown> {
    return told(rollout, await this.allocator.post(pathOf(rollout), order, authorization));
  }

  @Route({
    method: 'get',
    path: '/api/v1/bandits/:rollout/rebuild',
    access: 'viewer',
    summary: 'How far the last rebuild of the bandits of a rollout is, and what it came to.',
    answers: { 200: rebuildView },
  })
  async rebuilt(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
    @Headers('authorization') authorization?: string,
  ): Promise<unknown> {
    return told(rollout, await this.allocator.get(pathOf(rollout), authorization));
  }
}

function pathOf(rollout: string): string {
  return `/api/v1/bandits/${encodeURIComponent(rollout)}/rebuild`;
}

function told(rollout: string, { status, body }: OwnerAnswer): unknown {
  if (status < 300) return body;
  if (status === 404) throw notFound('bandit, or rebuild of one, of rollout', rollout);
  if (status === 503) throw new Refused('unavailable', 'the allocator has no database at the moment; send it again');
  throw new Refused('allocator-away', `the allocator answered ${status}`);
}
