// What is typed, what is printed, and what the exit code says.
import { type RebuildView } from '@weir/contracts';
import { runCli } from './cli';
import { exitCodes } from './exit-codes';
import { CommandFailed, type Answer, type Controller } from './ports';

const stage: RebuildView['stages'][number] = {
  ...{ attempt: 1, stage: 0, metric: 'clicked', outcomes: 12_345, equal: true, complete: true, replaced: false },
  differences: { rewards: 0, claims: 0, contexts: 0 },
};
const done = (some: Partial<typeof stage> = {}, view: Partial<RebuildView> = {}): RebuildView => ({
  ...{ rollout: 'r-1', state: 'done', records: 20_000, startedAt: '2026-01-01T00:00:00.000Z' },
  ...{ finishedAt: '2026-01-01T00:00:09.000Z', problem: null, stages: [{ ...stage, ...some }], ...view },
});

class FakeController implements Controller {
  readonly calls: string[] = [];
  constructor(private readonly answers: (Answer | Error)[]) {}

  call(method: string, path: string, body?: unknown): Promise<Answer> {
    this.calls.push(`${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`);
    const answer = this.answers.shift() ?? new Error('no answer left');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

async function run(args: string, answers: (Answer | Error)[] = []) {
  const [controller, printed, noted] = [new FakeController(answers), [] as string[], [] as string[]];
  const exitCode = await runCli(args.split(' ').filter(Boolean), {
    controller,
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    sleep: () => Promise.resolve(),
  });
  return { exitCode, calls: controller.calls, printed: printed.join('\n'), noted: noted.join('\n') };
}

const ok = (body: unknown, status = 200): Answer => ({ status, body });
const running = ok(done({}, { state: 'running', stages: [] }), 202);

describe('weirctl bandit rebuild', () => {
  it('orders it, waits for its end, and says that all is equal', async () => {
    const { exitCode, calls, printed, noted } = await run('bandit rebuild r-1', [running, running, ok(done())]);
    expect(exitCode).toBe(exitCodes.good);
    expect(calls).toEqual([
      'POST /api/v1/bandits/r-1/rebuild {"replace":false,"force":false}',
      'GET /api/v1/bandits/r-1/rebuild',
      'GET /api/v1/bandits/r-1/rebuild',
    ]);
    expect(printed.split('\n').slice(0, 2)).toEqual([
      'ATTEMPT  STAGE  METRIC   OUTCOMES  REWARDS  CLAIMS  CONTEXTS  STATE',
      '      1      0  clicked     12345        0       0         0  equal',
    ]);
    expect(noted).toBe('');
  });

  it('exits 1 where something differs and was left so, and says what would put it right', async () => {
    const differing = { equal: false, differences: { rewards: 3, claims: 1, contexts: 0 } };
    const left = await run('bandit rebuild r-1', [running, ok(done(differing))]);
    expect([left.exitCode, left.noted]).toEqual([exitCodes.differs, expect.stringContaining('--replace puts')]);
    const cut = await run('bandit rebuild r-1 --replace', [running, ok(done({ ...differing, complete: false }))]);
    expect([cut.exitCode, cut.noted]).toEqual([exitCodes.differs, expect.stringContaining('--force')]);
    const mended = await run('bandit rebuild r-1 --replace --force', [
      running,
      ok(done({ ...differing, replaced: true })),
    ]);
    expect([mended.exitCode, mended.calls[0]]).toEqual([
      exitCodes.good,
      expect.stringContaining('{"replace":true,"force":true}'),
    ]);
    expect(mended.printed).toContain('replaced');
  });

  it('writes for programs what the controller said', async () => {
    const { printed } = await run('bandit rebuild r-1 -o json', [running, ok(done())]);
    expect(JSON.parse(printed)).toEqual(done());
  });

  it.each<[string, (Answer | Error)[], number, string]>([
    [
      'a rollout without a bandit',
      [ok({ error: { code: 'not-found', message: 'no bandit', details: [] } }, 404)],
      exitCodes.refused,
      'no bandit',
    ],
    [
      'a key that is not enough',
      [ok({ error: { code: 'forbidden', message: 'needs admin', details: [] } }, 403)],
      exitCodes.refused,
      'needs admin',
    ],
    [
      'a controller that is away',
      [new CommandFailed(exitCodes.away, 'could not be reached')],
      exitCodes.away,
      'could not be reached',
    ],
    [
      'an owner that is away',
      [ok({ error: { code: 'unavailable', message: 'send it again', details: [] } }, 503)],
      exitCodes.away,
      'send it again',
    ],
    [
      'a rebuild that failed',
      [running, ok(done({}, { state: 'failed', problem: 'the log fell silent', stages: [] }))],
      exitCodes.away,
      'the log fell silent',
    ],
    ['what is no answer of its', [ok('<html>', 200)], exitCodes.refused, 'none of its'],
  ])('%s is one line and an exit code', async (_, answers, exitCode, words) => {
    const found = await run('bandit rebuild r-1', answers);
    expect([found.exitCode, found.printed, found.noted]).toEqual([exitCode, '', expect.stringContaining(words)]);
    expect(found.noted.split('\n')).toHaveLength(1);
  });

  it('gives up waiting, and says that it goes on', async () => {
    const { exitCode, noted } = await run(
      'bandit rebuild r-1 --within 1s',
      Array.from({ length: 9 }, () => running),
    );
    expect([exitCode, noted]).toEqual([exitCodes.away, expect.stringContaining('still running')]);
  });
});

describe('the command line', () => {
  it.each([
    ['', 'a group is missing'],
    ['bandit', 'a command is missing'],
    ['bandit rebuild', 'Not enough non-option arguments'],
    ['bandit rebuild r-1 --relpace', 'relpace'],
    ['bandit rebuild r-1 -o yaml', 'Choices'],
    ['bandit rebuild r-1 --within soon', 'a duration such as'],
    ['bandits', 'bandits'],
  ])('weirctl %s is a usage error that says why', async (args, words) => {
    const { exitCode, noted } = await run(args);
    expect([exitCode, noted]).toEqual([exitCodes.usage, expect.stringContaining(words)]);
  });

  it('helps with examples', async () => {
    const { exitCode, printed } = await run('bandit rebuild --help');
    expect(exitCode).toBe(exitCodes.good);
    for (const word of ['--replace', '--force', '-o', 'Examples', 'exits 1', 'WEIR_CONTROLLER'])
      expect(printed).toContain(word);
  });
});
