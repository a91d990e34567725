// Where the values of secrets come from, and what is said of those that are not there.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from './logger';
import { Secrets } from './secrets';

describe('secrets', () => {
  let directory: string;
  const secretsOf = (environment: Record<string, string> = {}): Secrets =>
    new Secrets({ directory, environment }, createLogger('spec', 'silent'));

  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'weir-secrets-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('come from a file without its last line break, or from a variable; the file goes first', () => {
    writeFileSync(join(directory, 'spam-v2'), 'Bearer abc\n');
    const secrets = secretsOf({ WEIR_SECRET_SPAM_V2: 'other', WEIR_SECRET_HAM_V1: 'Bearer ham' });
    expect(secrets.value('spam-v2')).toBe('Bearer abc');
    expect(secrets.value('ham.v1')).toBe('Bearer ham');
    expect(secrets.problem('spam-v2')).toBeUndefined();
  });

  it('are named where they are missing, empty, or nothing that a header can hold; the value is not repeated', () => {
    writeFileSync(join(directory, 'empty'), '\n');
    writeFileSync(join(directory, 'broken'), 'hunter2\r\nx-evil: 1');
    const secrets = secretsOf();
    for (const name of ['absent', 'empty']) {
      expect(secrets.value(name)).toBeUndefined();
      expect(secrets.problem(name)).toBe(`the secret ${name} is missing`);
    }
    expect(secrets.value('broken')).toBeUndefined();
    expect(secrets.problem('broken')).toBe('the secret broken is not what a header can hold');
  });

  it('are read again when their file changes, comes or goes', async () => {
    const secrets = secretsOf();
    expect(secrets.value('later')).toBeUndefined();
    writeFileSync(join(directory, 'later'), 'one');
    await secrets.refresh();
    expect(secrets.value('later')).toBe('one');
    writeFileSync(join(directory, 'later'), 'two');
    await secrets.refresh();
    expect(secrets.value('later')).toBe('two');
    rmSync(join(directory, 'later'));
    await secrets.refresh();
    expect(secrets.problem('later')).toContain('later is missing');
  });
});
