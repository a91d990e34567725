// What others own and the controller passes on: one prediction, comparisons and exemplars, bandits; and its own lag.
import { Controller, Headers, Inject, Param, Query } from '@nestjs/common';
import { exemplarsQuery, predictionId, rolloutId, type ExemplarsQuery } from '@weir/contracts';
import { parsePath, parseQuery } from '@weir/service';
import { z } from 'zod';
import { Refused } from '../../refusals';
import { Route } from './route';

export interface OwnerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Another service, asked with the caller's own key. */
export interface Owner {
  get(path: string, authorization: string | undefined, withinMs?: number): Promise<OwnerAnswer>;
  post(path: string, body: unknown, authorization: string | undefined): Promise<OwnerAnswer>;
  /** @throws Refused where it answers anything but 200. */
  read(path: string, authorization: string | undefined, withinMs?: number): Promise<unknown>;
}

const anything = z.record(z.string(), z.unknown());

/** Records that a group has not handled yet. */
export interface LagView {
  readonly group: string;
  readonly records: number;
}

@Controller()
export class ForwardsController {
  constructor(
    @Inject('Collector') private readonly collector: Owner,
    @Inject('Comparator') private readonly comparator: Owner,
    @Inject('Allocator') private readonly allocator: Owner,
    @Inject('Lags') private readonly lags: () => readonly LagView[],
  ) {}

  @Route({
    method: 'get',
    path: '/api/v1/predictions/:id',
    access: 'viewer',
    summary: 'The decision about a prediction and each of its outcomes, as the collector has them.',
    answers: { 200: z.record(z.string(), z.unknown()) },
  })
  async prediction(
    @Param('id', parsePath(predictionId)) id: string,
    @Headers('authorization') authorization?: string,
  ): Promise<unknown> {
    const { status, body } = await this.collector.get(`/api/v1/predictions/${encodeURIComponent(id)}`, authorization);
    if (status === 404) throw new Refused('not-found', `there is no prediction ${id}`);
    if (status !== 200) throw new Refused('collector-away', `the collector answered ${status}`);
    return body;
  }

  @Route({
    method: 'get',
    path: '/api/v1/lag',
    access: 'viewer',
    summary: 'Records that wait to be handled, by consumer group.',
    answers: { 200: z.object({ groups: z.array(z.object({ group: z.string(), records: z.int() })) }) },
  })
  lag(): { groups: readonly LagView[] } {
    return { groups: this.lags() };
  }

  @Route({
    method: 'get',
    path: '/api/v1/exemplars',
    access: 'viewer',
    summary: 'Pairs in which a shadow differs from stable, of each kind a few, as the comparator keeps them.',
    query: exemplarsQuery,
    answers: { 200: anything },
  })
  exemplars(
    @Query(parseQuery(exemplarsQuery)) query: ExemplarsQuery,
    @Headers('authorization') authorization?: string,
  ): Promise<unknown> {
    const told = Object.entries(query).map(([field, value]): [string, string] => [field, String(value)]);
    return this.comparator.read(`/api/v1/exemplars?${new URLSearchParams(told).toString()}`, authorization);
  }

  @Route({
    method: 'get',
    path: '/api/v1/comparisons/:rollout',
    access: 'viewer',
    summary: 'How often each result of a shadow came, and how labels went over, as the comparator counts them.',
    answers: { 200: anything },
  })
  comparisons(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
    @Headers('authorization') authorization?: string,
  ): Promise<unknown> {
    return this.comparator.read(`/api/v1/comparisons/${encodeURIComponent(rollout)}`, authorization);
  }

  @Route({
    method: 'get',
    path: '/api/v1/bandits/:rollout',
    access: 'viewer',
    summary:
      'What the bandits of a rollout have learnt, and how they would share the traffic now, as the allocator has it.',
    answers: { 200: anything },
  })
  bandits(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
    @Headers('authorization') authorization?: string,
  ): Promise<unknown> {
    return this.allocator.read(`/api/v1/bandits/${encodeURIComponent(rollout)}`, authorization);
  }
}
