import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fakeHost } from './fake-host';
import { findJava, javaMajor } from './java';
import { kafkaJars, mavenComplaint, readSums, verify } from './kafka-jars';
import { temporaryFolder } from './temporary-folder.fixture';

const root = join(__dirname, '../../..');
const nowhere = join(__dirname, 'no-such-folder');

function program(name: string, script: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

describe('Java', () => {
  it('is asked for its version in whatever way it tells it', () => {
    expect(javaMajor('openjdk version "17.0.15" 2025-04-15')).toBe(17);
    expect(javaMajor('java version "1.8.0_292"')).toBe(8);
    expect(javaMajor('openjdk version "25" 2025-09-16')).toBe(25);
    expect(javaMajor('Unable to locate a Java Runtime')).toBe(0);
  });

  it('is taken from JAVA_HOME before PATH', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin/java'), '#!/bin/sh\necho \'openjdk version "21.0.1"\' >&2\n');
    chmodSync(join(home, 'bin/java'), 0o755);
    const java = await findJava(
      fakeHost(),
      { JAVA_HOME: home, PATH: program('java', 'echo \'version "17"\'') },
      nowhere,
    );
    expect(java).toEqual({ command: join(home, 'bin/java'), major: 21 });
  });

  it('that is too old is named in one line with what to do', async () => {
    const old = program('java', 'echo \'openjdk version "11.0.2"\' >&2');
    const found = findJava(fakeHost(), { PATH: [old, '/usr/bin', '/bin'].join(delimiter) }, nowhere).catch(
      (error: Error) => error.message,
    );
    // a machine with a newer Java at its usual place goes on with that one
    const outcome = await found;
    expect(typeof outcome === 'string' ? outcome : outcome.major.toString()).toMatch(
      /Java 11.*(install|JAVA_HOME)|^(1[7-9]|[2-9]\d)$/,
    );
  });
});

describe("Kafka's jars", () => {
  it('are refused when one is not the file whose sum is committed', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.jar'), 'something else');
    expect(() => verify(folder, new Map([['a.jar', '0'.repeat(64)]]))).toThrow(/a\.jar is not the file/);
    expect(() => verify(folder, new Map([['b.jar', '0'.repeat(64)]]))).toThrow(/did not bring b\.jar/);
    expect(() => verify(folder, new Map())).toThrow(/does not know: a\.jar/);
  });

  it('have a sum each', () => {
    const sums = readSums(join(root, 'deploy/local/kafka/jars.sha256'));
    expect(sums.size).toBeGreaterThan(40);
    for (const [jar, sum] of sums) expect(`${jar} ${sum}`).toMatch(/^\S+\.jar [0-9a-f]{64}$/);
  });

  it('are not left half there when they do not arrive', async () => {
    const host = {
      ...fakeHost(root),
      run: () => Promise.reject(Object.assign(new Error(), { name: 'CommandFailed', output: 'Unknown host' })),
    };
    const cache = temporaryFolder();
    const fetched = kafkaJars(host, cache, { PATH: program('mvn', 'exit 1') }, () => undefined);
    await expect(fetched).rejects.toThrow(/No network/);
    await expect(kafkaJars(host, cache, { PATH: program('mvn', 'exit 1') }, () => undefined)).rejects.toThrow(
      /No network/,
    );
  });

  it.each([
    ['java.net.UnknownHostException: Unknown host repo', 'No network'],
    ['Could not transfer artifact x from/to central: Connection refused', 'No network'],
    ['java.io.IOException: No space left on device', 'The disk is full'],
    ['[ERROR] The goal you specified is strange', 'The goal you specified is strange'],
  ])('say in one line why they do not arrive: %s', (output, said) => {
    const { message } = mavenComplaint(output);
    expect(message).toContain(said);
    expect(message).not.toContain('\n');
  });
});
