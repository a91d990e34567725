// What others own and the controller passes on: one prediction, lag, dead letters; and what nobody owns yet.
import { Controller, Headers, Inject, Param } from '@nestjs/common';
import { predictionId } from '@weir/contracts';
import { parsePath } from '@weir/service';
import { z } from 'zod';
import { Refused } from '../../refusals';
import { Route } from './route';

/** Passes a read on to the collector with the caller's own key. */
export interface Collector {
  prediction(id: string, authorization: string | undefined): Promise<{ status: number; body: unknown }>;
}

/** Records that a group has not handled yet. */
export interface LagView {
  readonly group: string;
  readonly records: number;
}

@Controller()
export class ForwardsController {
  constructor(
    @Inject('Collector') private readonly collector: Collector,
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
    const { status, body } = await this.collector.prediction(id, authorization);
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

  @NotYet('/api/v1/exemplars', 'shadow')
  exemplars(): void {}

  @NotYet('/api/v1/bandits/:rollout', 'bandit')
  bandits(): void {}
}

/** A resource of a kind of stage that cannot run yet: declared, and answered so. */
function NotYet(path: string, kind: string): MethodDecorator {
  return (target, key, descriptor) => {
    const answer = () => {
      throw new Refused('not-available', `comes with ${kind} stages`);
    };
    Object.assign(descriptor, { value: answer });
    const summary = `Of ${kind} stages; none can run yet.`;
    Route({ method: 'get', path, access: 'viewer', summary, answers: { 404: 'not available yet' } })(
      target,
      key,
      descriptor,
    );
  };
}
