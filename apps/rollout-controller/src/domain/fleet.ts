// The instances that a rolling update moves from one version to another: where each stands, and what follows for the traffic.

/** In service with its version. */
export interface ServingInstance {
  readonly url: string;
  readonly phase: 'serving';
  readonly version: string;
}

interface Leaving {
  readonly url: string;
  /** What it served last, or was on its way to when it was turned around. */
  readonly from: string;
  readonly to: string;
  /** ISO instant at which this phase began; what is reported of it names it. */
  readonly since: string;
  /** ISO instant at which it was taken out of service, or turned around: what the deadline counts from. */
  readonly begunAt: string;
}

/** On its way from one version to the other; counted out of service. */
export type MovingInstance =
  /** The policy says that nobody chooses it any more; not every router has said that it serves by that. */
  | (Leaving & { readonly phase: 'draining' })
  /** No router chooses it; calls that were under way may be still. */
  | (Leaving & { readonly phase: 'emptying' })
  /** Nobody calls it; its updater is asked. */
  | (Leaving & { readonly phase: 'updating' })
  /** Updated; it has not said yet that it is ready, or is being warmed up. */
  | (Leaving & { readonly phase: 'readying' })
  /** Ready and warm; it has to stay so for `minReady`. */
  | (Leaving & { readonly phase: 'settling' })
  /** In the policy as in service, so that routers connect to it; its version has no weight for it yet. */
  | (Leaving & { readonly phase: 'joining' });

/** Was not brought to its version in time. */
export type FailedInstance = Leaving & { readonly phase: 'failed'; readonly reason: string };

export type FleetInstance = ServingInstance | MovingInstance | FailedInstance;

export interface Fleet {
  /** What it served before, and goes back to. */
  readonly baseline: string;
  /** In the order in which they were declared; never empty. */
  readonly instances: readonly FleetInstance[];
  /** Those that the candidate has besides. */
  readonly own: number;
  /** How long calls may be under way after the last router has stopped choosing an instance. */
  readonly drainMs: number;
}

/** As it is before anything has moved. */
export function enrol(urls: readonly string[], version: string, own: number, drainMs: number): Fleet {
  return { baseline: version, instances: urls.map((url) => ({ url, phase: 'serving', version })), own, drainMs };
}

export function isMoving(instance: FleetInstance): instance is MovingInstance {
  return instance.phase !== 'serving' && instance.phase !== 'failed';
}

export function servingOf({ instances }: Fleet, version: string): number {
  return instances.filter((each) => each.phase === 'serving' && each.version === version).length;
}

/** All of them serve this version. */
export function isAt({ instances }: Fleet, version: string): boolean {
  return instances.every((each) => each.phase === 'serving' && each.version === version);
}

/** The candidate's share of the traffic, basis points: that of its instances among all that are in service. */
export function shareOf(fleet: Fleet, candidate: string): number {
  const candidates = fleet.own + servingOf(fleet, candidate);
  const all = candidates + servingOf(fleet, fleet.baseline);
  return all === 0 ? 0 : Math.round((candidates / all) * 10_000);
}

type Listed = { readonly url: string; readonly state: 'in-service' | 'draining' | 'out' };

/** The fleet's instances as the policy lists them under a version. */
export function listedAs({ instances }: Fleet, version: string): Listed[] {
  return instances.flatMap((each): Listed[] => {
    const listed = listing(each);
    return listed.version === version ? [{ url: each.url, state: listed.state }] : [];
  });
}

function listing(instance: FleetInstance): { version: string; state: Listed['state'] } {
  switch (instance.phase) {
    case 'serving':
      return { version: instance.version, state: 'in-service' };
    case 'joining':
      return { version: instance.to, state: 'in-service' };
    case 'draining':
    case 'emptying':
      return { version: instance.from, state: 'draining' };
    case 'updating':
    case 'readying':
    case 'settling':
    case 'failed':
      return { version: instance.to, state: 'out' };
  }
}

/** All turned towards a version: what was not touched yet joins at once, what was updated is updated again, what serves is left alone. */
export function turnTo(fleet: Fleet, version: string, now: string): Fleet {
  return { ...fleet, instances: fleet.instances.map((each) => turnOne(each, version, now)) };
}

function turnOne(instance: FleetInstance, version: string, now: string): FleetInstance {
  if (instance.phase === 'serving' || (isMoving(instance) && instance.to === version)) return instance;
  const { url, from } = instance;
  const turned = { url, from, to: version, since: now, begunAt: now };
  switch (instance.phase) {
    case 'draining':
    case 'emptying':
      return { ...turned, phase: 'joining' };
    case 'joining':
      return { ...turned, from: instance.to, phase: 'draining' };
    case 'updating':
    case 'readying':
    case 'settling':
    case 'failed':
      return { ...turned, from: instance.to === version ? from : instance.to, phase: 'updating' };
  }
}
