// The routes of routers: who serves, by what, and who is not waited for any more.
import { Controller, Inject, Param } from '@nestjs/common';
import { routerView, type RouterView } from '@weir/contracts';
import { Caller, type Principal } from '@weir/service';
import { z } from 'zod';
import { type Clock, type Store } from '../../ports';
import { notFound } from '../../refusals';
import { Route } from './route';

@Controller()
export class RoutersController {
  constructor(
    @Inject('Store') private readonly store: Store,
    @Inject('Clock') private readonly clock: Clock,
  ) {}

  @Route({
    method: 'get',
    path: '/api/v1/routers',
    access: 'viewer',
    summary: 'Routers that have not said that they stop, and the policy that each serves by.',
    answers: { 200: z.object({ routers: z.array(routerView) }) },
  })
  async list(): Promise<{ routers: RouterView[] }> {
    const routers = await this.store.read.routers.serving();
    return { routers: routers.map(({ router, models, heardAt }) => ({ router, models, heardAt })) };
  }

  @Route({
    method: 'delete',
    path: '/api/v1/routers/:router',
    access: 'operator',
    summary:
      'Forget a router that is gone: no instance is held for it any more. One that runs speaks again within seconds.',
    answers: { 200: z.object({ router: z.string() }) },
  })
  async remove(@Param('router') router: string, @Caller() caller: Principal): Promise<{ router: string }> {
    await this.store.transaction(async (tx) => {
      if (!(await tx.routers.remove(router))) throw notFound('router', router);
      const entry = { rollout: null, model: null, from: null, to: null, revision: null, at: this.clock.now() };
      await tx.audit.add({ ...entry, actor: caller.name, action: 'remove-router', reason: `${router} is gone` });
    });
    return { router };
  }
}
