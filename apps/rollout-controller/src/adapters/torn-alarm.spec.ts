// The alarm about a window that does not come whole: said once, and counted until it is over.
import { tornAlarmMs, type TornWindow } from '../domain/torn-window';
import { TornAlarm } from './torn-alarm';

const torn = (some: Partial<TornWindow> = {}): TornWindow => ({
  ...{ index: 7, to: '2026-11-23T12:00:07.000Z', came: 3, of: 5, waitedMs: tornAlarmMs },
  ...some,
});

function build() {
  const lines: string[] = [];
  const values: number[] = [];
  const write = (level: string) => (fields: object) => void lines.push(`${level} ${JSON.stringify(fields)}`);
  const logger = { error: write('error'), info: write('info') };
  return { alarm: new TornAlarm(logger, { set: (value) => values.push(value) }), lines, values };
}

it('waits for rows that may still be on their way', () => {
  const { alarm, lines, values } = build();
  alarm.saw('r1', torn({ waitedMs: tornAlarmMs - 1 }));
  expect([lines, values]).toEqual([[], [0]]);
});

it('names the rollout, the window and what has come, once; and says when it is over', () => {
  const { alarm, lines, values } = build();
  for (let look = 0; look < 3; look += 1) alarm.saw('r1', torn());
  expect(lines).toEqual([`error ${JSON.stringify({ rollout: 'r1', window: torn() })}`]);
  alarm.saw('r1', undefined);
  alarm.saw('r1', undefined);
  expect([lines[1], lines.length]).toEqual([`info ${JSON.stringify({ rollout: 'r1', window: 7 })}`, 2]);
  expect(values).toEqual([0, 1, 0]);
});

it('speaks of the next window that is torn, and counts rollouts', () => {
  const { alarm, lines, values } = build();
  alarm.saw('r1', torn());
  alarm.saw('r1', torn({ index: 8 }));
  alarm.saw('r2', torn());
  expect([lines.length, values.at(-1)]).toEqual([3, 2]);
  alarm.only(['r2']);
  expect(values.at(-1)).toBe(1);
});
