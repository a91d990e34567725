// Traffic is an open loop with a book.
import { waitUntil } from '../wait-until';
import { type Answer, type Unanswered } from './ask-router';
import { type PlannedPrediction } from './plan-traffic';
import { Traffic, type TrafficParts } from './traffic';

function* everyMs(gapMs: number, change: Partial<PlannedPrediction> = {}): Generator<PlannedPrediction, never> {
  for (let index = 0; ; index++)
    yield {
      index,
      gapMs,
      mail: { id: `m/${index}`, label: index % 2 ? 'spam' : 'ham', text: `${index}` },
      mailbox: { unit: `mailbox-${index % 10}`, region: 'eu' },
      over: 'http',
      outcomeDelaysMs: index % 5 === 0 ? [1, 2] : [1],
      ...change,
    };
}

class FakeRouter {
  readonly asked: string[] = [];
  private readonly waiting: (() => void)[] = [];
  hold = false;

  async ask(_planned: PlannedPrediction, predictionId: string): Promise<Answer | Unanswered> {
    this.asked.push(predictionId);
    if (this.hold) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const answer = { status: 200, assigned: 'v2', answeredBy: 'v1', policyRevision: 1, label: 'ham' };
    return { predictionId, attempts: 1, latencyMs: 1, ...answer };
  }

  release(): void {
    this.hold = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

function trafficOf(parts: Partial<TrafficParts>) {
  const reported: { predictionId: string; value: unknown; afterMs: number }[] = [];
  const router = new FakeRouter();
  const outcomes = {
    report: ({ predictionId, value }: { predictionId: string; value: unknown }, afterMs: number) =>
      void reported.push({ predictionId, value, afterMs }),
  };
  const traffic = new Traffic({ plan: everyMs(2), router, outcomes, rememberIds: true, ...parts });
  return { traffic, router, reported };
}

const sent = (traffic: Traffic, count: number) =>
  waitUntil(() => (traffic.book.sent >= count ? true : undefined), { what: `${count}`, withinMs: 10_000, everyMs: 5 });

jest.setTimeout(30_000); // conditions are awaited, on a machine that may be busy

describe('Traffic', () => {
  it('gives every prediction an id of its own and reports its outcomes, some twice', async () => {
    const { traffic, router, reported } = trafficOf({});
    traffic.start();
    await sent(traffic, 50);
    await traffic.stop();
    expect(new Set(router.asked).size).toBe(traffic.book.sent);
    expect([...traffic.book.sentOverHttp]).toEqual(router.asked);
    expect(new Set(reported.map(({ predictionId }) => predictionId))).toEqual(traffic.book.sentOverHttp);
    expect(reported).toHaveLength(traffic.book.sent + traffic.outcomesSentAgain);
    expect(traffic.outcomesSentAgain).toBe(Math.ceil(traffic.book.sent / 5));
  });

  it('goes on sending while nobody answers, and waits for all answers at the end', async () => {
    const { traffic, router } = trafficOf({});
    router.hold = true;
    traffic.start();
    await sent(traffic, 40);
    expect(traffic.book.answered).toBe(0);
    const stopped = traffic.stop();
    router.release();
    await stopped;
    expect(traffic.book.answered).toBe(traffic.book.sent);
  });

  it('asks over Kafka what was planned so, and over HTTP where there is no Kafka', async () => {
    const requested: string[] = [];
    const kafka = { request: (_planned: PlannedPrediction, id: string) => Promise.resolve(requested.push(id) > 0) };
    const over = trafficOf({ plan: everyMs(2, { over: 'kafka' }), kafka });
    over.traffic.start();
    await sent(over.traffic, 10);
    await over.traffic.stop();
    expect([...over.traffic.book.sentOverKafka]).toEqual(requested);
    expect(over.router.asked).toEqual([]);
    const without = trafficOf({ plan: everyMs(2, { over: 'kafka' }) });
    without.traffic.start();
    await sent(without.traffic, 10);
    await without.traffic.stop();
    expect(without.router.asked).toHaveLength(without.traffic.book.sent);
  });

  it('reports no outcome for a prediction that nobody answered', async () => {
    const router = {
      ask: (_planned: PlannedPrediction, predictionId: string) => Promise.resolve({ predictionId, problem: 'gone' }),
    };
    const { traffic, reported } = trafficOf({ router });
    traffic.start();
    await sent(traffic, 5);
    await traffic.stop();
    expect(reported).toEqual([]);
    expect(traffic.book.unanswered).toHaveLength(traffic.book.sent);
  });

  it('shows an observation what was answered after it began, by the version assigned', async () => {
    const { traffic } = trafficOf({});
    traffic.start();
    await sent(traffic, 10);
    const observation = traffic.observe();
    await waitUntil(() => (observation.predictions >= 20 ? true : undefined), { what: '20', withinMs: 10_000 });
    traffic.endObservation(observation);
    const count = observation.predictions;
    expect(observation.of('v2')).toMatchObject({ predictionsBps: 10_000, unitsBps: 10_000, units: 10 });
    await sent(traffic, traffic.book.sent + 10);
    expect(observation.predictions).toBe(count);
    await traffic.stop();
  });

  it('remembers no ids when it flows for ever', async () => {
    const { traffic } = trafficOf({ rememberIds: false });
    traffic.start();
    await sent(traffic, 20);
    await traffic.stop();
    expect(traffic.book.sentOverHttp.size + traffic.book.assigned.size).toBe(0);
    expect(traffic.book.byVersion.get('v1')?.answered).toBe(traffic.book.answered);
  });
});
