// Choice among instances: readiness, the breaker, and a second instance where the first could not be reached.
import { FakeModelServer } from './fake-model-server';
import { type ModelCall } from './model-server';
import { modelPath, inferPath, readyPath } from './paths';
import { probe } from './probe';
import { VersionServers, type VersionServersOptions } from './version-servers';

const call: ModelCall = { method: 'POST', path: '/v2/models/m/infer', headers: [], body: null, timeoutMs: 1_000 };

function servers(...urls: string[]) {
  return serversWith({}, ...urls);
}

function serversWith(options: Partial<VersionServersOptions>, ...urls: string[]) {
  const fakes = new Map<string, FakeModelServer>();
  const version = new VersionServers(
    { modelName: 'm' },
    {
      open: (url, address) => {
        const fake = new FakeModelServer(url);
        fakes.set(address ?? url, fake);
        return fake;
      },
      timing: { intervalMs: 10, timeoutMs: 50, refreshMs: 5, retryMs: 5 },
      ...options,
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

  it('gives an instance no more calls than it may have, and says when none has room', async () => {
    const { version, fake } = serversWith({ maxPending: 3, timing: { intervalMs: 60_000 } }, 'a', 'b');
    await until(() => ['a', 'b'].every((url) => fake(url).pending === 0)); // their first probes are over
    for (const url of ['a', 'b']) fake(url).behaviour = { kind: 'answer', afterMs: 50 };
    const calls = Array.from({ length: 6 }, () => version.call(call, true));
    await until(() => version.full);
    expect(await version.call(call, true)).toEqual({
      ...{ kind: 'failed', cause: 'unreachable', sent: false },
      detail: 'its instances have all the calls that they may',
    });
    expect(version.pick()).toBeDefined();
    expect((await Promise.all(calls)).every(({ kind }) => kind === 'answered')).toBe(true);
    expect([inferCalls(fake('a')), inferCalls(fake('b'))]).toEqual([3, 3]);
    expect(version.full).toBe(false);
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

describe('setting aside', () => {
  const opened: string[] = [];
  const observer = { opened: (by: string) => opened.push(by), retried: () => undefined };
  const frozen = { observer, nowMs: () => 0, timing: { intervalMs: 60_000 } };
  const asked = async (version: VersionServers, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await version.call(call, true);
  };
  beforeEach(() => opened.splice(0));

  it('leaves an instance that answers with errors to the others, at most half of them', async () => {
    const { version, fake } = serversWith(frozen, 'a', 'b', 'c', 'd');
    for (const url of ['a', 'b', 'c']) fake(url).behaviour = { kind: 'answer', status: 500 };
    await asked(version, 200);
    expect(version.states()).toEqual({ ready: 2, unready: 0, open: 2 });
    expect(opened).toEqual(['errors', 'errors']);
    expect(inferCalls(fake('d'))).toBeGreaterThan(60);
    await version.close();
  });

  it('never sets the only instance aside for its errors: somebody must say them', async () => {
    const { version, fake } = serversWith(frozen, 'a');
    fake('a').behaviour = { kind: 'answer', status: 500 };
    await asked(version, 20);
    expect(version.ready).toBe(true);
    expect(inferCalls(fake('a'))).toBe(20);
    await version.close();
  });

  it('sets any instance aside that gives no answer', async () => {
    const { version, fake } = serversWith(frozen, 'a');
    fake('a').behaviour = { kind: 'break' };
    for (let i = 0; i < 20; i++) await version.call(call, false);
    expect(inferCalls(fake('a'))).toBe(5);
    expect(opened).toEqual(['no-answer']);
    await version.close();
  });

  it('does not leave the good ones for a fast one that only fails', async () => {
    const { version, fake } = serversWith(frozen, 'a', 'b');
    fake('a').behaviour = { kind: 'answer', status: 503 };
    fake('b').behaviour = { kind: 'answer', afterMs: 2 };
    const answers = await Promise.all(Array.from({ length: 10 }, () => version.call(call, false)));
    for (let i = 0; i < 40; i++) answers.push(await version.call(call, false));
    const good = answers.filter((answer) => answer.kind === 'answered' && answer.status === 200);
    expect(good.length).toBeGreaterThan(30);
    await version.close();
  });
});

describe('retries', () => {
  it('are a fifth of the calls at most, beyond a small reserve', async () => {
    const retried = { done: 0, refused: 0 };
    const observer = { opened: () => undefined, retried: (outcome: 'done' | 'refused') => retried[outcome]++ };
    const { version, fake } = serversWith({ observer, timing: { intervalMs: 60_000 } }, 'a', 'b', 'c');
    for (const url of ['a', 'b', 'c']) fake(url).behaviour = { kind: 'refuse' };
    for (let i = 0; i < 200; i++) expect(await version.call(call, true)).toMatchObject({ cause: 'unreachable' });
    expect(retried.done).toBeGreaterThanOrEqual(40);
    expect(retried.done).toBeLessThanOrEqual(50);
    expect(retried.refused).toBeGreaterThan(100);
    await version.close();
  });

  it('end with the deadline, and have only what is left of it', async () => {
    let now = 0;
    const { version, fake } = serversWith({ nowMs: () => now, timing: { intervalMs: 60_000 } }, 'a', 'b');
    for (const url of ['a', 'b']) {
      const unreachable = fake(url);
      unreachable.call = (asked) => {
        unreachable.calls.push(asked);
        now += 700;
        return Promise.resolve({ kind: 'failed', cause: 'unreachable', sent: false, detail: 'no route' });
      };
    }
    const asked = (): number[] =>
      ['a', 'b'].flatMap((url) =>
        fake(url)
          .calls.filter(({ method }) => method === 'POST')
          .map((one) => one.timeoutMs),
      );
    await version.call(call, true);
    expect(asked().sort()).toEqual([1_000, 300]);
    await version.call({ ...call, timeoutMs: 600 }, true);
    expect(asked()).toHaveLength(3);
    await version.close();
  });
});

describe('a name with several addresses', () => {
  function following() {
    const answers: { now: readonly string[] | Error; asked: number } = { now: ['10.0.0.1', '10.0.0.2'], asked: 0 };
    const resolve = (): Promise<readonly string[]> => {
      answers.asked++;
      return answers.now instanceof Error ? Promise.reject(answers.now) : Promise.resolve(answers.now);
    };
    return { answers, ...serversWith({ resolve }, 'dns+http://models.test:9000') };
  }

  it('has an instance for each, from the first call on', async () => {
    const { version, fake } = following();
    expect(version.size).toBe(1);
    expect(await version.call(call, false)).toMatchObject({ kind: 'answered' });
    for (let i = 0; i < 50; i++) await version.call(call, false);
    expect(inferCalls(fake('10.0.0.1'))).toBeGreaterThan(5);
    expect(inferCalls(fake('10.0.0.2'))).toBeGreaterThan(5);
    expect(fake('10.0.0.1').url).toBe('http://models.test:9000');
    await version.close();
  });

  it('gains and loses instances with its addresses; those that stay stay connected, those that go finish', async () => {
    const { version, fake, answers } = following();
    await version.call(call, false);
    const kept = fake('10.0.0.2');
    fake('10.0.0.1').behaviour = { kind: 'answer', afterMs: 50 };
    kept.behaviour = { kind: 'answer', afterMs: 50 };
    const underWay = Array.from({ length: 20 }, () => version.call(call, false));
    answers.now = ['10.0.0.2', '10.0.0.3'];
    await until(() => version.states().ready === 2 && answers.asked > 2);
    for (const answer of await Promise.all(underWay)) expect(answer.kind).toBe('answered');
    expect(fake('10.0.0.2')).toBe(kept);
    expect(await fake('10.0.0.1').call(call)).toMatchObject({ cause: 'unreachable' });
    const before = inferCalls(fake('10.0.0.3'));
    for (let i = 0; i < 20; i++) await version.call(call, false);
    expect(inferCalls(fake('10.0.0.3'))).toBeGreaterThan(before);
    await version.close();
  });

  it('keeps its last addresses while there is no answer, and says why it has none', async () => {
    const { version, answers } = following();
    await version.call(call, false);
    answers.now = new Error('SERVFAIL');
    const asked = answers.asked;
    await until(() => answers.asked > asked + 2);
    expect(await version.call(call, false)).toMatchObject({ kind: 'answered' });
    await version.close();

    const unknown = following();
    unknown.answers.now = new Error('ENOTFOUND');
    unknown.version.serve(['dns+http://nowhere.test:9000']);
    await until(() => unknown.version.problem?.includes('ENOTFOUND') === true);
    expect(unknown.version.problem).toContain('nowhere.test');
    expect(await unknown.version.call(call, true)).toMatchObject({ cause: 'unreachable', sent: false });
    await unknown.version.close();
  });

  it('is asked no more once it is out of service', async () => {
    const { version, answers } = following();
    await version.call(call, false);
    version.serve(['http://a']);
    const asked = answers.asked;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answers.asked).toBeLessThanOrEqual(asked + 1);
    expect(version.states().ready).toBe(1);
    await version.close();
  });
});

describe('an obstacle', () => {
  it('keeps a version from being asked, and is said', async () => {
    let obstacle: string | undefined = 'the secret key-of-v2 is missing';
    const { version, fake } = serversWith({ obstacle: () => obstacle }, 'a');
    expect(version.ready).toBe(false);
    expect(version.problem).toBe(obstacle);
    expect(await version.call(call, true)).toMatchObject({ cause: 'unreachable', sent: false, detail: obstacle });
    expect(inferCalls(fake('a'))).toBe(0);
    obstacle = undefined;
    expect(await version.call(call, true)).toMatchObject({ kind: 'answered' });
    await version.close();
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
    [{ '/v2/models/m/versions/3/ready': 200 }, 'ready'],
    [{ '/v2/models/m/versions/3/ready': 400 }, 'not-ready'],
    [{ '/v2/models/m/versions/3/ready': 503, '/v2/health/ready': 200 }, 'not-ready'],
    [{ '/v2/health/ready': 200 }, 'ready'],
    [{ '/v2/health/ready': 503 }, 'not-ready'],
    [{}, 'ready'],
  ])('reads %j as %s', async (byPath, result) => {
    expect(await probe(paths(byPath as Record<string, number>), model, 100)).toBe(result);
  });

  it('asks a raw server for nothing but an answer', async () => {
    expect(await probe(paths({}), undefined, 100)).toBe('ready');
    expect(await probe(new FakeModelServer('a', { kind: 'refuse' }), undefined, 100)).toBe('no-answer');
  });
});

describe('paths on the server', () => {
  it('carry the names on the server, escaped', () => {
    expect(inferPath({ modelName: 'spam' })).toBe('/v2/models/spam/infer');
    expect(readyPath({ modelName: 'a b/../c', modelVersion: '1' })).toBe('/v2/models/a%20b%2F..%2Fc/versions/1/ready');
    expect(modelPath({ modelName: 'm' })).toBe('/v2/models/m');
  });
});
