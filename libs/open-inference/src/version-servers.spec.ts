// Choice among instances: readiness, the breaker, and a second instance where the first could not be reached.
import { FakeModelServer } from './fake-model-server';
import { InstanceHealth } from './instance-health';
import { type ModelCall } from './model-server';
import { modelPath, inferPath, readyPath } from './paths';
import { probe } from './probe';
import { VersionServers } from './version-servers';

const call: ModelCall = { method: 'POST', path: '/v2/models/m/infer', headers: [], body: null, timeoutMs: 1_000 };

function servers(...urls: string[]) {
  const fakes = new Map<string, FakeModelServer>();
  const version = new VersionServers(
    { modelName: 'm' },
    {
      open: (url) => {
        const fake = new FakeModelServer(url);
        fakes.set(url, fake);
        return fake;
      },
      timing: { intervalMs: 10, timeoutMs: 50 },
    },
  );
  version.serve(urls);
  const fake = (url: string): FakeModelServer => {
    const found = fakes.get(url);
    if (!found) throw new Error(`no ${url}`);
    return found;
  };
  return { version, fake };
}

const inferCalls = (fake: FakeModelServer): number => fake.calls.filter(({ method }) => method === 'POST').length;

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited 5 s for nothing');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the servers of a version', () => {
  it('spreads calls over its instances, least busy first', async () => {
    const { version, fake } = servers('a', 'b');
    fake('a').behaviour = { kind: 'answer', afterMs: 20 };
    fake('b').behaviour = { kind: 'answer', afterMs: 20 };
    await Promise.all(Array.from({ length: 40 }, () => version.call(call, true)));
    expect(inferCalls(fake('a')) - inferCalls(fake('b'))).toBeLessThan(5);
    await version.close();
  });

  it('asks another instance where the first could not be reached, and no other where the call was sent', async () => {
    const { version, fake } = servers('a', 'b');
    fake('a').behaviour = { kind: 'refuse' };
    for (let i = 0; i < 20; i++) expect(await version.call(call, false)).toMatchObject({ kind: 'answered' });
    expect(inferCalls(fake('b'))).toBe(20);
    fake('b').behaviour = { kind: 'break' };
    expect(await version.call(call, false)).toMatchObject({ cause: 'broken' });
    expect(inferCalls(fake('b'))).toBe(21);
    await version.close();
  });

  it('stops asking a dead instance, and asks again once a probe found it ready', async () => {
    const { version, fake } = servers('a');
    fake('a').behaviour = { kind: 'refuse' };
    await version.call(call, false);
    expect(version.ready).toBe(false);
    expect(await version.call(call, false)).toMatchObject({ cause: 'unreachable', detail: 'no instance is ready' });
    fake('a').behaviour = { kind: 'answer' };
    await until(() => version.ready);
    expect(await version.call(call, false)).toMatchObject({ kind: 'answered' });
    await version.close();
  });

  it('tries an unready instance all the same where nobody else can answer', async () => {
    const { version, fake } = servers('a');
    fake('a').behaviour = { kind: 'answer', status: 503 };
    await until(() => !version.ready);
    expect(await version.call(call, true)).toMatchObject({ kind: 'answered', status: 503 });
    await version.close();
  });

  it('finds a hanging instance unready by its probes', async () => {
    const { version, fake } = servers('a');
    fake('a').behaviour = { kind: 'hang' };
    await until(() => !version.ready);
    expect(await version.call(call, false)).toMatchObject({ detail: 'no instance is ready' });
    await version.close();
  });

  it('has nobody to ask where no instance is in service', async () => {
    const { version } = servers();
    expect(await version.call(call, true)).toMatchObject({ cause: 'unreachable', sent: false });
    expect(version.ready).toBe(false);
  });

  it('keeps an instance through a new policy, and lets a removed one finish', async () => {
    const { version, fake } = servers('a', 'b');
    const kept = fake('a');
    fake('b').behaviour = { kind: 'answer', afterMs: 30 };
    const underWay = Array.from({ length: 6 }, () => version.call(call, false));
    version.serve(['a', 'c']);
    expect(fake('a')).toBe(kept);
    for (const answer of await Promise.all(underWay)) expect(answer.kind).toBe('answered');
    expect(await fake('b').call(call)).toMatchObject({ cause: 'unreachable' });
    await version.close();
  });
});

describe("an instance's health", () => {
  it('opens after five calls in a row without an answer, lets one trial through a pause, and doubles the pause', () => {
    const health = new InstanceHealth();
    for (let i = 0; i < 4; i++) health.failed(0);
    expect(health.available(0)).toBe(true);
    health.failed(0);
    expect(health.available(999)).toBe(false);
    expect(health.available(1_000)).toBe(true);
    health.called(1_000);
    expect(health.available(1_001)).toBe(false);
    health.failed(1_500);
    expect(health.available(3_499)).toBe(false);
    expect(health.available(3_500)).toBe(true);
    health.answered();
    expect(health.available(0)).toBe(true);
    health.failed(0);
    expect(health.available(0)).toBe(true);
  });

  it('forgives a single failed probe, not two', () => {
    const health = new InstanceHealth();
    health.probed(false);
    expect(health.ready).toBe(true);
    health.probed(false);
    expect(health.ready).toBe(false);
    health.probed(true);
    expect(health.ready).toBe(true);
  });
});

describe('a probe', () => {
  const paths = (byPath: Record<string, number>): FakeModelServer => {
    const fake = new FakeModelServer('a');
    const answer = fake.call.bind(fake);
    fake.call = (asked) => {
      fake.behaviour = { kind: 'answer', status: byPath[asked.path] ?? 404 };
      return answer(asked);
    };
    return fake;
  };
  const model = { modelName: 'm', modelVersion: '3' };

  it.each([
    [{ '/v2/models/m/versions/3/ready': 200 }, true],
    [{ '/v2/models/m/versions/3/ready': 400 }, false],
    [{ '/v2/models/m/versions/3/ready': 503, '/v2/health/ready': 200 }, false],
    [{ '/v2/health/ready': 200 }, true],
    [{ '/v2/health/ready': 503 }, false],
    [{}, true],
  ])('reads %j as ready: %s', async (byPath, ready) => {
    expect(await probe(paths(byPath as Record<string, number>), model, 100)).toBe(ready);
  });

  it('asks a raw server for nothing but an answer', async () => {
    expect(await probe(paths({}), undefined, 100)).toBe(true);
    expect(await probe(new FakeModelServer('a', { kind: 'refuse' }), undefined, 100)).toBe(false);
  });
});

describe('paths on the server', () => {
  it('carry the names on the server, escaped', () => {
    expect(inferPath({ modelName: 'spam' })).toBe('/v2/models/spam/infer');
    expect(readyPath({ modelName: 'a b/../c', modelVersion: '1' })).toBe('/v2/models/a%20b%2F..%2Fc/versions/1/ready');
    expect(modelPath({ modelName: 'm' })).toBe('/v2/models/m');
  });
});
