// The routes of rollouts: asked for, planned, read, moved.
import { Body, Controller, Param, Query, Req, Res, Inject } from '@nestjs/common';
import {
  auditLine,
  evidenceView,
  name,
  rolloutAction,
  rolloutCommand,
  rolloutManifest,
  rolloutPhase,
  rolloutPlan,
  rolloutSummary,
  rolloutView,
  submissionView,
  type AuditLine,
  type EvidenceView,
  type RolloutAction,
  type RolloutCommand,
  type RolloutManifest,
  type RolloutPlan,
  type RolloutSummary,
  type RolloutView,
} from '@weir/contracts';
import { Caller, parseBody, parseQuery, type Principal } from '@weir/service';
import { z } from 'zod';
import { AdvanceRollout } from '../../advance-rollout';
import { answerOnce } from '../../answer-once';
import { DescribeRollout, summaryOf } from '../../describe-rollout';
import { NoteRefusal } from '../../note-refusal';
import { PlanRollout } from '../../plan-rollout';
import { type Store } from '../../ports';
import { notFound } from '../../refusals';
import { SubmitRollout } from '../../submit-rollout';
import { Judging } from '../judging';
import { Manifest } from './read-manifest';
import { repeatable, send, type HttpReply, type HttpRequest } from './repeatable';
import { Route } from './route';

const filter = z.strictObject({ model: name.optional(), state: rolloutPhase.optional() });

@Controller()
export class RolloutsController {
  constructor(
    @Inject('Store') private readonly store: Store,
    private readonly submit: SubmitRollout,
    private readonly plans: PlanRollout,
    private readonly advance: AdvanceRollout,
    private readonly describe: DescribeRollout,
    private readonly refusals: NoteRefusal,
    private readonly judging: Judging,
  ) {}

  @Route({
    method: 'post',
    path: '/api/v1/rollouts',
    access: 'operator',
    summary: 'Start a rollout, or queue it. 200: the same specification is live already.',
    body: rolloutManifest,
    repeatable: true,
    answers: { 201: submissionView, 200: submissionView },
  })
  async create(
    @Manifest(rolloutManifest) manifest: RolloutManifest,
    @Caller() caller: Principal,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<unknown> {
    const answer = await this.store.transaction((tx) =>
      answerOnce(tx, repeatable(request, caller), async () => {
        const { outcome, rollout } = await this.submit.submit(tx, manifest, caller);
        return {
          status: outcome === 'unchanged' ? 200 : 201,
          body: { ...(await this.describe.view(tx, rollout)), outcome },
        };
      }),
    );
    return send(reply, answer);
  }

  @Route({
    method: 'post',
    path: '/api/v1/rollouts/plan',
    access: 'viewer',
    summary: 'What a rollout would do, told without doing it.',
    body: rolloutManifest,
    answers: { 200: rolloutPlan },
  })
  plan(@Manifest(rolloutManifest) manifest: RolloutManifest): Promise<RolloutPlan> {
    return this.plans.plan(manifest);
  }

  @Route({
    method: 'get',
    path: '/api/v1/rollouts',
    access: 'viewer',
    summary: 'Rollouts, the newest first.',
    query: filter,
    answers: { 200: z.object({ rollouts: z.array(rolloutSummary) }) },
  })
  async list(@Query(parseQuery(filter)) query: z.infer<typeof filter>): Promise<{ rollouts: RolloutSummary[] }> {
    return { rollouts: (await this.store.read.rollouts.list(query)).map(summaryOf) };
  }

  @Route({
    method: 'get',
    path: '/api/v1/rollouts/:id',
    access: 'viewer',
    summary: 'One rollout.',
    answers: { 200: rolloutView },
  })
  get(@Param('id') id: string): Promise<RolloutView> {
    return this.describe.one(id);
  }

  @Route({
    method: 'get',
    path: '/api/v1/rollouts/:id/events',
    access: 'viewer',
    summary: 'The audit trail of a rollout, the oldest first.',
    answers: { 200: z.object({ events: z.array(auditLine) }) },
  })
  async events(@Param('id') id: string): Promise<{ events: AuditLine[] }> {
    await this.requireRollout(id);
    const lines = await this.store.read.audit.ofRollout(id);
    return {
      events: lines.map(({ at, actor, action, from, to, reason, revision }) => ({
        at,
        actor,
        action,
        from,
        to,
        reason,
        revision,
      })),
    };
  }

  @Route({
    method: 'get',
    path: '/api/v1/rollouts/:id/evidence',
    access: 'viewer',
    summary: 'The latest 1,000 rows of evidence, and the verdicts that all of it amounts to.',
    answers: { 200: evidenceView },
  })
  evidence(@Param('id') id: string): Promise<EvidenceView> {
    return this.describe.evidence(id);
  }

  @Route({
    method: 'post',
    path: '/api/v1/rollouts/:id/:action',
    access: 'operator',
    summary: 'pause, resume, promote (the next step), promote-full (the end now), abort, retry, approve, reject.',
    body: rolloutCommand,
    repeatable: true,
    answers: { 202: rolloutView },
  })
  async command(
    @Param('id') id: string,
    @Param('action') action: string,
    @Body(parseBody(rolloutCommand)) command: RolloutCommand,
    @Caller() caller: Principal,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<unknown> {
    const known = knownAction(action);
    const told = { ...command, rollout: id, action: known };
    const tell = () =>
      this.store.transaction((tx) =>
        answerOnce(tx, repeatable(request, caller), async () => {
          const moved = await this.advance.command(tx, told, caller);
          return { status: 202, body: await this.describe.view(tx, moved) };
        }),
      );
    const answer = await this.refusals.of(tell, told, caller);
    this.judging.wake([id]); // what was said may be all that it waited for
    return send(reply, answer);
  }

  private async requireRollout(id: string): Promise<void> {
    if (!(await this.store.read.rollouts.find(id))) throw notFound('rollout', id);
  }
}

function knownAction(text: string): RolloutAction {
  const action = rolloutAction.safeParse(text);
  if (!action.success) throw notFound('command', text);
  return action.data;
}
