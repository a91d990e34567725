// One look at a fleet: instances go from phase to phase by what is reported of them, and batches begin within maxUnavailable.
import { type InstanceCount, type RollingStage } from '@weir/contracts';
import { isAt, isMoving, servingOf, turnTo, type Fleet, type FleetInstance, type MovingInstance } from './fleet';
import { elapsed, seconds } from './judge-step';

/** What was found out about one instance, in the phase that it was found in. */
export interface Report {
  readonly url: string;
  readonly phase: MovingInstance['phase'];
  readonly since: string;
  /** done: updated; ready and warm; ready. refused: it cannot be done, trying again is no use. */
  readonly kind: 'done' | 'unready' | 'refused';
  readonly detail: string;
}

/** What is known of the instances now. */
export interface FleetSeen {
  /** Of the baseline, as the model declares them: the fleet that a stage begins with. */
  readonly urls: readonly string[];
  readonly baseline: string;
  /** Instances that the candidate declares itself. */
  readonly own: number;
  /** The model's timeout: how long a call may be under way where the stage does not say. */
  readonly timeoutMs: number;
  /** Every router that has not said that it stops serves by the policy of the present state. */
  readonly applied: boolean;
  /** Instances that are counted in service, and do not say that they are ready. */
  readonly unready: readonly string[];
  readonly reports: readonly Report[];
  /** What each instance was last heard to say, for the words of a failure. */
  readonly details: Readonly<Record<string, string>>;
}

export interface Course extends Pick<RollingStage, 'batch' | 'maxUnavailable' | 'minReadyMs' | 'deadlineMs'> {
  /** The version that the fleet is on its way to. */
  readonly to: string;
  /** Back to where it was: the last that was updated goes first. */
  readonly isBack: boolean;
  /** No further batch is to begin. */
  readonly isHeld: boolean;
  /** ISO instant from which a fleet that cannot begin a batch is late. */
  readonly idleFrom: string;
}

export interface Rolled {
  readonly fleet: Fleet;
  /** What happened, a sentence each; empty: nothing. */
  readonly did: readonly string[];
  /** Why it cannot go on, of a fleet on its way forward. */
  readonly failure: string | undefined;
}

/** Routers connect to what joins, and probe it, before any traffic is meant for it. */
const joinMs = 1_000;

export function rollFleet(fleet: Fleet, seen: FleetSeen, course: Course, now: string): Rolled {
  const stepped = fleet.instances.map((each) => (isMoving(each) ? stepOne(each, fleet, seen, course, now) : each));
  const did = stepped.flatMap((each, index) => (each === fleet.instances[index] ? [] : [sentenceOf(each)]));
  const next = did.length > 0 ? { ...fleet, instances: stepped } : fleet;
  const failure = course.isBack ? undefined : failureOf(next, seen, course, now);
  if (failure !== undefined) return { fleet: next, did, failure };
  if (course.isHeld || isAt(next, course.to) || next.instances.some(isMoving))
    return { fleet: next, did, failure: undefined };
  const batch = nextBatch(next, seen, course);
  if (batch.length > 0) return begin(next, batch, course, did, now);
  if (course.isBack) return beginAgain(next, course, did, now);
  const isLate = elapsed(course.idleFrom, now) >= course.deadlineMs;
  return { fleet: next, did, failure: isLate ? stalled(seen, course) : undefined };
}

/** Why it cannot go on. The instance stays where it is: what is done with it on the way back depends on that. */
function failureOf({ instances }: Fleet, seen: FleetSeen, course: Course, now: string): string | undefined {
  const moving = instances.filter(isMoving);
  const refused = moving.flatMap((each) => refusalOf(each, seen) ?? [])[0];
  const late = moving.find((each) => isOverdue(each, course, now));
  return refused ?? (late && lateWords(late, seen, course));
}

function refusalOf(instance: MovingInstance, seen: FleetSeen): string | undefined {
  const report = reportOn(instance, seen);
  return report?.kind === 'refused' ? `${instance.url} cannot become ${instance.to}: ${report.detail}` : undefined;
}

/** Of the phase that it is in still: what comes later concerns nobody. */
function reportOn({ url, phase, since }: MovingInstance, { reports }: FleetSeen): Report | undefined {
  return reports.find((each) => each.url === url && each.phase === phase && each.since === since);
}

function stepOne(
  instance: MovingInstance,
  { drainMs }: Fleet,
  seen: FleetSeen,
  course: Course,
  now: string,
): FleetInstance {
  const { url, phase, since, to } = instance;
  const report = reportOn(instance, seen);
  const enter = (next: MovingInstance['phase']): FleetInstance => ({ ...instance, phase: next, since: now });
  const waited = elapsed(since, now);
  switch (phase) {
    case 'draining':
      if (seen.applied) return enter('emptying');
      break;
    case 'emptying':
      if (waited >= drainMs) return enter('updating');
      break;
    case 'updating':
      if (report?.kind === 'done') return enter('readying');
      break;
    case 'readying':
      if (report?.kind === 'done') return enter('settling');
      break;
    case 'settling':
      if (report?.kind === 'unready') return enter('readying');
      if (report?.kind === 'done' && waited >= course.minReadyMs) return enter('joining');
      break;
    case 'joining':
      if (seen.applied && waited >= joinMs) return { url, phase: 'serving', version: to };
      break;
  }
  const reason =
    refusalOf(instance, seen) ?? (isOverdue(instance, course, now) ? lateWords(instance, seen, course) : '');
  return course.isBack && reason !== '' ? { ...instance, phase: 'failed', since: now, reason } : instance;
}

/** On the way back, what waits for routers alone is no instance's fault. */
function isOverdue({ phase, begunAt }: MovingInstance, { deadlineMs, isBack }: Course, now: string): boolean {
  const ofRouters = phase === 'draining' || phase === 'joining';
  return elapsed(begunAt, now) >= deadlineMs && !(isBack && ofRouters);
}

function lateWords({ url, phase, to }: MovingInstance, { details }: FleetSeen, { deadlineMs }: Course): string {
  const said = details[url];
  return `${url} was not in service with ${to} within ${seconds(deadlineMs)}: it is ${phase}${said ? ` (${said})` : ''}`;
}

function stalled({ unready }: FleetSeen, { deadlineMs }: Course): string {
  const why = unready.length > 0 ? `not ready: ${unready.join(', ')}` : 'there is one only';
  return `no further instance could be taken out of service within ${seconds(deadlineMs)}; ${why}`;
}

/** Those that are not ready anyway go first and cost nothing: a stable that is broken is not in the way of what mends it. */
function nextBatch(fleet: Fleet, { unready }: FleetSeen, course: Course): string[] {
  if (course.isBack && isRefused(fleet, course)) return [];
  const { instances } = fleet;
  const waiting = instances.flatMap((each) =>
    each.phase === 'serving' && each.version !== course.to ? [each.url] : [],
  );
  if (course.isBack) waiting.reverse();
  const broken = waiting.filter((url) => unready.includes(url));
  const ordered = [...broken, ...waiting.filter((url) => !broken.includes(url))];
  const inService = instances.filter(({ phase }) => phase !== 'failed').length;
  const ready = instances.filter(({ phase, url }) => phase === 'serving' && !unready.includes(url)).length;
  const most = mostUnavailable(course.maxUnavailable, instances.length);
  const budget = Math.max(0, ready - (inService - most));
  return ordered.slice(0, Math.min(sizeOfBatch(course.batch, instances.length), broken.length + budget));
}

/** What was good may be broken by now: where none of it comes back, what works is not taken out of service for it. */
function isRefused(fleet: Fleet, { to }: Course): boolean {
  return fleet.instances.some(({ phase }) => phase === 'failed') && servingOf(fleet, to) === 0;
}

/** The last one stays. */
export function mostUnavailable(count: InstanceCount, instances: number): number {
  const asked = typeof count === 'number' ? count : Math.floor((instances * count.shareBps) / 10_000);
  return Math.min(Math.max(1, asked), instances - 1);
}

function sizeOfBatch(count: InstanceCount, instances: number): number {
  return typeof count === 'number' ? count : Math.max(1, Math.ceil((instances * count.shareBps) / 10_000));
}

function begin(fleet: Fleet, batch: readonly string[], { to }: Course, did: readonly string[], now: string): Rolled {
  const instances = fleet.instances.map((each): FleetInstance => {
    if (each.phase !== 'serving' || !batch.includes(each.url)) return each;
    return { url: each.url, phase: 'draining', from: each.version, to, since: now, begunAt: now };
  });
  const said = `${batch.join(', ')} ${batch.length > 1 ? 'are' : 'is'} drained for ${to}`;
  return { fleet: { ...fleet, instances }, did: [...did, said], failure: undefined };
}

/** On the way back, when nothing else is to be done: what has failed is tried again, each after as long as a batch may take. */
function beginAgain(fleet: Fleet, { to, deadlineMs }: Course, did: readonly string[], now: string): Rolled {
  const isDue = (each: FleetInstance) => each.phase === 'failed' && elapsed(each.since, now) >= deadlineMs;
  const due = fleet.instances.filter(isDue).map(({ url }) => url);
  if (due.length === 0) return { fleet, did, failure: undefined };
  const turned = turnTo(fleet, to, now).instances;
  const instances = fleet.instances.map((each, index) => (isDue(each) ? (turned[index] ?? each) : each));
  return { fleet: { ...fleet, instances }, did: [...did, `${due.join(', ')} tried again`], failure: undefined };
}

function sentenceOf(instance: FleetInstance): string {
  const { url } = instance;
  switch (instance.phase) {
    case 'serving':
      return `${url} serves ${instance.version}`;
    case 'draining':
      return `${url} is drained for ${instance.to}`;
    case 'emptying':
      return `no router chooses ${url} any more`;
    case 'updating':
      return `${url} is being updated to ${instance.to}`;
    case 'readying':
      return `${url} has been updated to ${instance.to}`;
    case 'settling':
      return `${url} is ready with ${instance.to}`;
    case 'joining':
      return `${url} is back in service with ${instance.to}`;
    case 'failed':
      return instance.reason;
  }
}
