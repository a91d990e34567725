// How instances go through a rolling update: batches, bounds, deadlines, the way back.
import fc from 'fast-check';
import { enrol, isAt, isMoving, listedAs, shareOf, turnTo, type Fleet } from './fleet';
import { later, noon } from './rollout.fixture';
import { mostUnavailable, rollFleet, type Course, type FleetSeen, type Report } from './roll-fleet';

const course: Course = {
  ...{ batch: 1, maxUnavailable: 1, minReadyMs: 5_000, deadlineMs: 60_000 },
  ...{ to: 'v2', isBack: false, isHeld: false, idleFrom: noon },
};
const seen: FleetSeen = {
  ...{ urls: [], baseline: 'v1', own: 0, timeoutMs: 1_000, applied: true, unready: [], reports: [], details: {} },
};
const urlsOf = (count: number) => Array.from({ length: count }, (_, index) => `i${index}`);
const fleetOf = (count: number) => enrol(urlsOf(count), 'v1', 0, 1_000);
const phases = ({ instances }: Fleet) =>
  instances.map((each) => (each.phase === 'serving' ? each.version : each.phase)).join(' ');

/** Everything that is asked is done at once. */
function done({ instances }: Fleet): Report[] {
  return instances.filter(isMoving).map(({ url, phase, since }) => ({ url, phase, since, kind: 'done', detail: '' }));
}

/** Looks every second, all going well, until nothing moves any more. */
function goOn(
  fleet: Fleet,
  changes: Partial<Course>,
  known: (url: string) => boolean = () => true,
  fromMs = 0,
): string[] {
  const story = [phases(fleet)];
  let now = fleet;
  for (let second = 1; second < 400; second += 1) {
    const reports = done(now).filter(({ url, phase }) => phase !== 'readying' || known(url));
    const next = rollFleet(now, { ...seen, reports }, { ...course, ...changes }, later(fromMs + second * 1_000));
    if (phases(next.fleet) !== story.at(-1)) story.push(phases(next.fleet));
    if (next.failure !== undefined) return [...story, next.failure];
    now = next.fleet;
  }
  return story;
}

describe('a rolling update', () => {
  it('takes an instance through every phase before the next one leaves', () => {
    expect(goOn(fleetOf(2), {}).join(', ')).toBe(
      'v1 v1, draining v1, emptying v1, updating v1, readying v1, settling v1, joining v1, ' +
        'v2 draining, v2 emptying, v2 updating, v2 readying, v2 settling, v2 joining, v2 v2',
    );
  });

  it('begins a batch by number or by share, and never more than may be unavailable', () => {
    const begun = (changes: Partial<Course>) =>
      rollFleet(fleetOf(6), seen, { ...course, ...changes }, noon).fleet.instances.filter(isMoving).length;
    expect(begun({ batch: 2, maxUnavailable: 3 })).toBe(2);
    expect(begun({ batch: { shareBps: 5_000 }, maxUnavailable: 4 })).toBe(3);
    expect(begun({ batch: 6, maxUnavailable: { shareBps: 3_400 } })).toBe(2);
    expect(begun({ batch: 6, maxUnavailable: 6 })).toBe(5);
  });

  it('R3 treats a share of no whole instance as one', () => {
    expect([mostUnavailable({ shareBps: 1 }, 3), mostUnavailable(1, 2), mostUnavailable(9, 4)]).toEqual([1, 1, 3]);
  });

  it('fails by the deadline of a batch, naming the instance and where it stands', () => {
    expect(goOn(fleetOf(3), {}, (url) => url !== 'i1').at(-1)).toBe(
      'i1 was not in service with v2 within 60 s: it is readying',
    );
  });

  it('W9 goes back the last first, and what was not touched joins at once', () => {
    const half = enrol(urlsOf(4), 'v1', 0, 1_000);
    const instances = half.instances.map((each, index) =>
      index < 2 ? { ...each, version: 'v2' } : each,
    ) as Fleet['instances'];
    const begun = rollFleet({ ...half, instances }, seen, course, noon).fleet;
    expect(phases(begun)).toBe('v2 v2 draining v1');
    const back = goOn(turnTo(begun, 'v1', noon), { to: 'v1', isBack: true });
    expect(back.slice(0, 2)).toEqual(['v2 v2 joining v1', 'v2 draining v1 v1']);
    expect(back.at(-1)).toBe('v1 v1 v1 v1');
  });

  it('takes a stable instance that is not ready first, though nothing else may be unavailable', () => {
    const unready = ['i3', 'i4'];
    const next = rollFleet(fleetOf(5), { ...seen, unready }, { ...course, batch: 5 }, noon);
    expect(phases(next.fleet)).toBe('v1 v1 v1 draining draining');
  });

  it('S103 on the way back, takes no candidate that works out of service where stable does not come back', () => {
    const all = enrol(urlsOf(3), 'v1', 0, 1_000);
    const instances = all.instances.map((each) => ({ ...each, version: 'v2' })) as Fleet['instances'];
    const back = goOn({ ...all, instances }, { to: 'v1', isBack: true }, () => false);
    expect(back).toContain('v2 v2 failed');
    expect(back.slice(1).every((each) => each.startsWith('v2 v2 '))).toBe(true);
  });

  it('begins no batch while it is held, and ends the one under way', () => {
    expect(rollFleet(fleetOf(3), seen, { ...course, isHeld: true }, noon).did).toEqual([]);
    const begun = rollFleet(fleetOf(3), seen, course, noon).fleet;
    expect(goOn(begun, { isHeld: true }).at(-1)).toBe('v2 v1 v1');
  });

  it('hears only what is said of the phase that an instance is in', () => {
    const begun = rollFleet(fleetOf(2), seen, course, noon).fleet;
    const [late] = done(begun);
    const emptied = rollFleet(begun, seen, course, later(1_000)).fleet;
    const reports = [{ ...late, phase: 'updating', url: 'i0', since: noon, kind: 'refused', detail: 'old' } as Report];
    expect(rollFleet(emptied, { ...seen, reports }, course, later(1_001))).toMatchObject({
      did: [],
      failure: undefined,
    });
  });
});

describe('whatever is reported', () => {
  const anyLife = fc.record({
    count: fc.integer({ min: 2, max: 12 }),
    batch: fc.oneof(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 10_000 }).map((shareBps) => ({ shareBps })),
    ),
    maxUnavailable: fc.oneof(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 10_000 }).map((shareBps) => ({ shareBps })),
    ),
    looks: fc.array(
      fc.record({
        passedMs: fc.integer({ min: 0, max: 8_000 }),
        applied: fc.boolean(),
        said: fc.constantFrom<Report['kind']>('done', 'done', 'unready'),
        turned: fc.integer({ min: 0, max: 20 }),
      }),
      { maxLength: 80 },
    ),
  });

  it('R2 enough instances are in service, each is listed once, and the shares are those of who serves', () => {
    fc.assert(
      fc.property(anyLife, ({ count, batch, maxUnavailable, looks }) => {
        let fleet = fleetOf(count);
        let nowMs = 0;
        let to = 'v2';
        for (const { passedMs, applied, said, turned } of looks) {
          nowMs += passedMs;
          if (turned === 0) {
            to = to === 'v2' ? 'v1' : 'v2';
            fleet = turnTo(fleet, to, later(nowMs));
          }
          const reports = done(fleet).map((report) => ({ ...report, kind: said }));
          const asked = { ...course, batch, maxUnavailable, to, isBack: to === 'v1', deadlineMs: Infinity };
          fleet = rollFleet(fleet, { ...seen, applied, reports }, asked, later(nowMs)).fleet;
          const listed = ['v1', 'v2'].flatMap((version) => listedAs(fleet, version));
          expect(listed.map(({ url }) => url).sort()).toEqual(urlsOf(count).sort());
          const able = listed.filter(({ state }) => state === 'in-service').length;
          expect(able).toBeGreaterThanOrEqual(count - mostUnavailable(maxUnavailable, count));
          const serving = (version: string) =>
            fleet.instances.filter((each) => each.phase === 'serving' && each.version === version).length;
          const all = serving('v1') + serving('v2');
          if (all > 0) expect(shareOf(fleet, 'v2')).toBe(Math.round((serving('v2') / all) * 10_000));
          expect(isAt(fleet, to)).toBe(serving(to) === count);
        }
      }),
      { seed: 20_261_124, numRuns: 300 },
    );
  });
});
