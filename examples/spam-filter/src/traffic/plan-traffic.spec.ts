// The traffic that a seed plans: the same every time, and as unequal as it says.
import { type LabelledMail } from '../corpus';
import { seededRandom } from '../random';
import { mailboxCount, mailboxes, mailboxOfRank } from './mailboxes';
import { outcomeDelayMostMs, type PlannedPrediction, planTraffic } from './plan-traffic';

const mails: LabelledMail[] = Array.from({ length: 500 }, (_, index) => ({
  id: `m/${index}`,
  label: index % 3 === 0 ? 'spam' : 'ham',
  text: `mail ${index}`,
}));

function take(count: number, seed = 7, ratePerSecond = 100): PlannedPrediction[] {
  const plan = planTraffic({ mails, seed, ratePerSecond });
  return Array.from({ length: count }, () => plan.next().value);
}

jest.setTimeout(60_000); // tens of thousands of draws, on a machine that may be busy

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('planTraffic', () => {
  it('is the same for the same seed and another for another', () => {
    expect(take(500)).toEqual(take(500));
    expect(take(50, 8)).not.toEqual(take(50, 7));
  });

  it('keeps mails and mailboxes when only the rate differs', () => {
    const key = ({ mail, mailbox }: PlannedPrediction) => `${mail.id} ${mailbox.unit}`;
    expect(take(200, 7, 5).map(key)).toEqual(take(200, 7, 500).map(key));
  });

  it('comes at the rate that was asked for, without a beat', () => {
    const gaps = take(20_000).map(({ gapMs }) => gapMs);
    expect(mean(gaps)).toBeGreaterThan(9.7);
    expect(mean(gaps)).toBeLessThan(10.3);
    const deviation = Math.sqrt(mean(gaps.map((gap) => (gap - 10) ** 2)));
    expect(deviation / 10).toBeGreaterThan(0.9); // of an exponential it is as large as the mean
  });

  it('reports 5 % of the outcomes never and 2 % twice, after 2 s on average and never after 15 s', () => {
    const planned = take(50_000).map(({ outcomeDelaysMs }) => outcomeDelaysMs);
    const share = (count: number) => planned.filter((delays) => delays.length === count).length / planned.length;
    expect(share(0)).toBeCloseTo(0.05, 2);
    expect(share(2)).toBeCloseTo(0.02, 2);
    const delays = planned.flat();
    expect(mean(delays)).toBeGreaterThan(1_900);
    expect(mean(delays)).toBeLessThan(2_100);
    expect(delays.every((delay) => delay >= 0 && delay <= outcomeDelayMostMs)).toBe(true);
  });

  it('sends 5 % over Kafka', () => {
    expect(mean(take(20_000).map(({ over }) => (over === 'kafka' ? 1 : 0)))).toBeCloseTo(0.05, 2);
  });

  it('draws mail and mailbox apart: busy mailboxes get no other mail than quiet ones', () => {
    const planned = take(50_000);
    const spamShare = (of: readonly PlannedPrediction[]) => mean(of.map(({ mail }) => (mail.label === 'spam' ? 1 : 0)));
    const busy = planned.filter(({ mailbox }) => mailbox.unit < 'mailbox-00200');
    expect(busy.length).toBeGreaterThan(5_000);
    expect(Math.abs(spamShare(busy) - spamShare(planned))).toBeLessThan(0.02);
  });
});

describe('mailboxes', () => {
  const draw = mailboxes();
  const random = seededRandom(3);
  const counts = new Map<string, number>();
  const draws = 200_000;
  for (let index = 0; index < draws; index++) {
    const { unit } = draw(random);
    counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }

  it('are 20,000, unequally busy as Zipf and Mandelbrot say', () => {
    const ofRanks = (from: number, to: number) => {
      let sum = 0;
      for (let rank = from; rank < to; rank++) sum += counts.get(mailboxOfRank(rank).unit) ?? 0;
      return sum / draws;
    };
    const expected = (from: number, to: number) =>
      Math.log((to + 50.5) / (from + 50.5)) / Math.log((mailboxCount + 50.5) / 50.5);
    for (const [from, to] of [
      [0, 10],
      [0, 200],
      [200, 2_000],
      [2_000, 10_000],
      [10_000, 20_000],
    ] as const)
      expect(Math.abs(ofRanks(from, to) - expected(from, to))).toBeLessThan(0.005);
  });

  it('have none that alone decides what a version gets', () => {
    expect(Math.max(...counts.values()) / draws).toBeLessThan(0.005);
  });

  it('keep their region', () => {
    expect(mailboxOfRank(17)).toEqual(mailboxOfRank(17));
    const regions = Array.from({ length: 20_000 }, (_, rank) => mailboxOfRank(rank).region);
    expect(regions.filter((region) => region === 'eu').length / 20_000).toBeCloseTo(0.5, 1);
  });
});
