// The routes of models: declared, read, taken back, deleted; their policy and their lists.
import { Body, Controller, Param, Req, Res, Inject } from '@nestjs/common';
import {
  listAnswer,
  modelManifest,
  modelView,
  name,
  putModelAnswer,
  rollbackCommand,
  unitList,
  type ModelManifest,
  type ModelView,
  type PolicyPublished,
} from '@weir/contracts';
import { Caller, parseBody, parsePath, type Principal } from '@weir/service';
import { z } from 'zod';
import { answerOnce } from '../../answer-once';
import { describeModel, findModel } from '../../describe-model';
import { KeepModels } from '../../keep-models';
import { type Store } from '../../ports';
import { PutModel } from '../../put-model';
import { notFound } from '../../refusals';
import { Manifest } from './read-manifest';
import { repeatable, send, type HttpReply, type HttpRequest } from './repeatable';
import { Route } from './route';

type Command = z.infer<typeof rollbackCommand>;
const nameInPath = parsePath(name);

@Controller()
export class ModelsController {
  constructor(
    @Inject('Store') private readonly store: Store,
    private readonly putModel: PutModel,
    private readonly keepModels: KeepModels,
  ) {}

  @Route({
    method: 'put',
    path: '/api/v1/models/:name',
    access: 'operator',
    summary: 'Declare a model, or declare it anew. `stable` is read when the model is created.',
    body: modelManifest,
    answers: { 200: putModelAnswer, 201: putModelAnswer },
  })
  async put(
    @Param('name', nameInPath) model: string,
    @Manifest(modelManifest) manifest: ModelManifest,
    @Caller() caller: Principal,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<unknown> {
    const answer = await this.store.transaction(async (tx) => {
      const put = await this.putModel.put(tx, model, manifest, caller);
      const body = { ...(await describeModel(tx, put.model)), ignored: [...put.ignored] };
      return { status: put.created ? 201 : 200, body };
    });
    return send(reply, answer);
  }

  @Route({
    method: 'get',
    path: '/api/v1/models',
    access: 'viewer',
    summary: 'All models.',
    answers: { 200: z.object({ models: z.array(modelView) }) },
  })
  async list(): Promise<{ models: ModelView[] }> {
    const models = await this.store.read.models.list();
    return { models: await Promise.all(models.map((model) => describeModel(this.store.read, model))) };
  }

  @Route({
    method: 'get',
    path: '/api/v1/models/:name',
    access: 'viewer',
    summary: 'One model.',
    answers: { 200: modelView },
  })
  get(@Param('name', nameInPath) model: string): Promise<ModelView> {
    return findModel(this.store.read, model);
  }

  @Route({
    method: 'delete',
    path: '/api/v1/models/:name',
    access: 'operator',
    summary: 'Delete a model: routers answer 404 for it. Refused while a rollout of it is live.',
    answers: { 204: 'deleted' },
  })
  async remove(@Param('name', nameInPath) model: string, @Caller() caller: Principal): Promise<void> {
    await this.store.transaction((tx) => this.keepModels.remove(tx, model, caller));
  }

  @Route({
    method: 'get',
    path: '/api/v1/models/:name/policy',
    access: 'viewer',
    summary: 'What routers are told to serve the model by.',
    answers: { 200: z.record(z.string(), z.unknown()) },
  })
  async policy(@Param('name', nameInPath) model: string): Promise<PolicyPublished> {
    const policy = await this.store.read.policies.latest(model);
    if (policy?.state !== 'active') throw notFound('model', model);
    return policy;
  }

  @Route({
    method: 'post',
    path: '/api/v1/models/:name/rollback',
    access: 'operator',
    summary: 'Back to the version that was stable before, at once. A live rollout is in the way: abort it first.',
    body: rollbackCommand,
    repeatable: true,
    answers: { 200: modelView },
  })
  async rollback(
    @Param('name', nameInPath) model: string,
    @Body(parseBody(rollbackCommand)) command: Command,
    @Caller() caller: Principal,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<unknown> {
    const answer = await this.store.transaction((tx) =>
      answerOnce(tx, repeatable(request, caller), async () => {
        const saved = await this.keepModels.rollBack(tx, model, command.reason, caller);
        return { status: 200, body: await describeModel(tx, saved) };
      }),
    );
    return send(reply, answer);
  }

  @Route({
    method: 'put',
    path: '/api/v1/models/:name/lists/:list',
    access: 'operator',
    summary: 'Units that a `when` may name: up to 100,000.',
    body: unitList,
    answers: { 200: listAnswer },
  })
  async putList(
    @Param('name', nameInPath) model: string,
    @Param('list', nameInPath) list: string,
    @Body(parseBody(unitList)) { units }: z.infer<typeof unitList>,
    @Caller() caller: Principal,
  ): Promise<z.infer<typeof listAnswer>> {
    const count = await this.store.transaction((tx) => this.keepModels.putList(tx, model, list, units, caller));
    return { model, list, units: count };
  }
}
