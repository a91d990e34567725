// When an instance is asked, and when it is left alone; time is passed in.
import { InstanceHealth, type CallResult } from './instance-health';

function health(mayEject = false) {
  const opened: string[] = [];
  const one = new InstanceHealth({ mayEject: () => mayEject, opened: (by) => opened.push(by) });
  const ends = (result: CallResult, nowMs: number, times = 1): void => {
    for (let i = 0; i < times; i++) one.end(one.begin(nowMs), result, nowMs);
  };
  return { one, ends, opened };
}

describe("an instance's health", () => {
  it('opens after five calls in a row without an answer, and an answer in between starts the count anew', () => {
    const { one, ends, opened } = health();
    ends('no-answer', 0, 4);
    ends('good', 0);
    ends('no-answer', 0, 4);
    expect(one.state).toBe('ready');
    ends('no-answer', 0);
    expect(one.state).toBe('open');
    expect(one.available(999)).toBe(false);
    expect(one.available(1_000)).toBe(true);
    expect(opened).toEqual(['no-answer']);
  });

  it('lets one trial through a pause, doubles the pause after a failed one, up to three seconds, and closes after a good one', () => {
    const { one, ends } = health();
    ends('no-answer', 0, 5);
    const trial = one.begin(1_000);
    expect(one.available(1_500)).toBe(false);
    one.end(trial, 'no-answer', 1_500);
    expect(one.available(3_499)).toBe(false);
    ends('no-answer', 3_500);
    expect(one.available(6_499)).toBe(false);
    ends('no-answer', 6_500);
    expect(one.available(9_499)).toBe(false);
    expect(one.available(9_500)).toBe(true);
    ends('good', 9_500);
    expect(one.state).toBe('ready');
    ends('no-answer', 9_500, 4);
    expect(one.state).toBe('ready');
  });

  it('does not make the pause longer for calls that began before it opened', () => {
    const { one } = health();
    const calls = Array.from({ length: 250 }, () => one.begin(0));
    for (const call of calls) one.end(call, 'no-answer', 1_000);
    expect(one.available(1_999)).toBe(false);
    expect(one.available(2_000)).toBe(true);
  });

  it('tries again at once when the trial said nothing, for its caller left', () => {
    const { one, ends } = health();
    ends('no-answer', 0, 5);
    ends('unknown', 1_000);
    expect(one.available(1_000)).toBe(true);
  });

  it('is unready after two probes without an answer, but not while calls are answered', () => {
    const { one, ends } = health();
    for (let i = 0; i < 5; i++) {
      ends('good', 0);
      one.probed('no-answer');
    }
    ends('error', 0);
    one.probed('no-answer');
    expect(one.state).toBe('ready');
    one.probed('no-answer');
    expect(one.state).toBe('ready');
    one.probed('no-answer');
    expect(one.state).toBe('unready');
  });

  it('is unready after two probes that say so, however well calls are answered', () => {
    const { one, ends } = health();
    one.probed('not-ready');
    ends('good', 0);
    expect(one.state).toBe('ready');
    one.probed('not-ready');
    expect(one.state).toBe('unready');
  });

  it('closes when a call that was made for want of others is answered, and takes no other lesson from such calls', () => {
    const { one, ends } = health();
    ends('no-answer', 0, 5);
    ends('no-answer', 500, 20);
    expect(one.available(1_000)).toBe(true);
    ends('no-answer', 100, 3);
    ends('good', 600);
    expect(one.state).toBe('ready');
  });

  it('opens for errors only where others may do better', () => {
    const alone = health();
    alone.ends('error', 0, 20);
    expect(alone.one.state).toBe('ready');
    const among = health(true);
    among.ends('error', 0, 4);
    expect(among.one.state).toBe('ready');
    among.ends('error', 0);
    expect(among.one.state).toBe('open');
    expect(among.opened).toEqual(['errors']);
    among.ends('error', 1_000);
    expect(among.one.available(2_999)).toBe(false);
    among.ends('good', 3_000);
    expect(among.one.state).toBe('ready');
  });

  it('comes back from silence with an error where nobody may do better', () => {
    const { one, ends } = health();
    ends('no-answer', 0, 5);
    ends('error', 1_000);
    expect(one.state).toBe('ready');
  });

  it('forgives a single failed probe, not two, and one good probe makes up for both', () => {
    const { one } = health();
    one.probed('no-answer');
    expect(one.state).toBe('ready');
    one.probed('no-answer');
    expect(one.state).toBe('unready');
    one.probed('ready');
    expect(one.state).toBe('ready');
  });

  it('believes a refused connection at once', () => {
    const { one, ends } = health();
    ends('refused', 0);
    expect(one.state).toBe('unready');
    expect(one.available(1_000_000)).toBe(false);
    one.probed('ready');
    expect(one.available(0)).toBe(true);
  });

  it('lets a trial through as soon as probes find it back, however long the pause had become', () => {
    const { one, ends } = health();
    ends('no-answer', 0, 5);
    ends('no-answer', 1_000);
    one.probed('no-answer');
    one.probed('no-answer');
    expect(one.available(100_000)).toBe(false);
    one.probed('ready');
    expect(one.available(1_001)).toBe(true);
    ends('good', 1_001);
    expect(one.state).toBe('ready');
  });
});
