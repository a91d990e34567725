// The routes of API keys.
import { Body, Controller, Param, Inject } from '@nestjs/common';
import { createKey, createKeyAnswer, keyView, type KeyView } from '@weir/contracts';
import { Caller, parseBody, type Principal } from '@weir/service';
import { z } from 'zod';
import { ManageKeys } from '../../manage-keys';
import { type ApiKey, type Store } from '../../ports';
import { Route } from './route';

@Controller()
export class KeysController {
  constructor(
    @Inject('Store') private readonly store: Store,
    private readonly keys: ManageKeys,
  ) {}

  @Route({
    method: 'post',
    path: '/api/v1/keys',
    access: 'admin',
    summary: 'Make an API key. It is shown in this answer and never again.',
    body: createKey,
    answers: { 201: createKeyAnswer },
  })
  async create(
    @Body(parseBody(createKey)) body: z.infer<typeof createKey>,
    @Caller() caller: Principal,
  ): Promise<KeyView & { key: string }> {
    const { key, text } = await this.store.transaction((tx) => this.keys.create(tx, body, caller));
    return { ...toView(key), key: text };
  }

  @Route({
    method: 'get',
    path: '/api/v1/keys',
    access: 'admin',
    summary: 'All keys, revoked ones included, without their secrets.',
    answers: { 200: z.object({ keys: z.array(keyView) }) },
  })
  async list(): Promise<{ keys: KeyView[] }> {
    return { keys: (await this.store.read.keys.list()).map(toView) };
  }

  @Route({
    method: 'delete',
    path: '/api/v1/keys/:id',
    access: 'admin',
    summary: 'Revoke a key.',
    answers: { 200: keyView },
  })
  async revoke(@Param('id') id: string, @Caller() caller: Principal): Promise<KeyView> {
    return toView(await this.store.transaction((tx) => this.keys.revoke(tx, id, caller)));
  }
}

/** The digest stays inside. */
function toView({ id, name, role, state, expiresAt, createdBy, createdAt }: ApiKey): KeyView {
  return { id, name, role, state, ...(expiresAt ? { expiresAt } : {}), createdBy, createdAt };
}
