// A Java that runs Kafka: 17 or newer.
import { join } from 'node:path';
import { Complaint } from './complaint';
import { isExecutable, newestFirst, onPath } from './find-program';
import type { Host } from './host';

const leastMajor = 17;

export interface Java {
  readonly command: string;
  readonly major: number;
}

export async function findJava(
  host: Pick<Host, 'run'>,
  env: NodeJS.ProcessEnv,
  folder = '/usr/lib/jvm',
): Promise<Java> {
  const candidates = [
    env['JAVA_HOME'] && join(env['JAVA_HOME'], 'bin/java'),
    onPath('java', env['PATH']),
    ...newestFirst(folder).map((home) => join(home, 'bin/java')),
  ].filter((file): file is string => Boolean(file) && isExecutable(file as string));
  const found: Java[] = [];
  for (const command of new Set(candidates)) {
    const major = javaMajor(await host.run(command, ['-version'], { allowFailure: true, timeoutMs: 20_000 }));
    if (major >= leastMajor) return { command, major };
    found.push({ command, major });
  }
  throw new Complaint(missing(found));
}

function missing(found: readonly Java[]): string {
  const what = found
    .map(({ command, major }) => (major === 0 ? `${command} does not run` : `${command} is Java ${major}`))
    .join(', ');
  const install = process.platform === 'darwin' ? 'brew install openjdk' : 'apt-get install openjdk-17-jre-headless';
  return `Kafka needs Java ${leastMajor} or newer${what ? ` (${what})` : ''}: install it (${install}), point JAVA_HOME to it, or set KAFKA_BROKERS to a Kafka of yours.`;
}

/** `17.0.15` is 17, `1.8.0_292` is 8; 0 where nothing is said. */
export function javaMajor(said: string): number {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  return Number(first === '1' ? second : (first ?? 0));
}
