// Apache Kafka's jars from Maven Central, each held to its committed sum.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Complaint } from './complaint';
import { onPath } from './find-program';
import { isCommandFailure, type Host } from './host';

export const kafkaVersion = '4.1.0';
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** The folder of the jars; downloads them once per user. */
export async function kafkaJars(
  host: Host,
  cache: string,
  env: NodeJS.ProcessEnv,
  say: (detail: string) => void,
): Promise<string> {
  const resources = join(host.root, 'deploy/local/kafka');
  const sums = readSums(join(resources, 'jars.sha256'));
  const folder = join(cache, `kafka-${kafkaVersion}`);
  const stamp = createHash('sha256')
    .update(JSON.stringify([...sums]))
    .digest('hex');
  if (readStamp(folder) === stamp && holdsAll(folder, sums)) return folder;
  say(`Kafka: its ${sums.size} jars from Maven Central, once`);
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    await download(host, join(resources, 'pom.xml'), draft, env);
    verify(draft, sums);
    writeFileSync(join(draft, 'verified'), stamp);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

async function download(host: Host, pom: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const mvn = onPath('mvn', env['PATH']);
  if (!mvn)
    throw new Complaint(
      'Maven fetches Kafka and is not installed: install it (apt-get install maven), or set KAFKA_BROKERS to a Kafka of yours.',
    );
  try {
    await host.run(mvn, ['-q', '-B', '-f', pom, copyGoal, `-DoutputDirectory=${folder}`], { cwd: folder });
  } catch (error) {
    throw isCommandFailure(error) ? mavenComplaint(error.output) : error;
  }
}

export function mavenComplaint(output: string): Complaint {
  if (/no space left/i.test(output))
    return new Complaint('The disk is full: free about 300 MB for Kafka and run the command again.');
  if (
    /unknown host|unresolved|name resolution|connection refused|timed? ?out|unreachable|transfer artifact/i.test(output)
  )
    return new Complaint(
      "No network: Maven cannot reach Maven Central for Kafka's jars. Connect (or set a mirror in ~/.m2/settings.xml), or set KAFKA_BROKERS to a Kafka of yours.",
    );
  const errors = output.split('\n').filter((line) => line.includes('ERROR'));
  return new Complaint(`Maven could not fetch Kafka: ${errors[0] ?? 'it said nothing'}`);
}

/** Refuses a jar that is missing, strange, or not the one whose sum is committed. */
export function verify(folder: string, sums: ReadonlyMap<string, string>): void {
  for (const [jar, sum] of sums) {
    const file = join(folder, jar);
    if (!existsSync(file)) throw new Complaint(`Maven did not bring ${jar}: run the command again.`);
    const found = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (found !== sum)
      throw new Complaint(
        `${jar} is not the file that Weir was released with (sha256 ${found}): somebody between you and Maven Central changed it.`,
      );
  }
  const strange = readdirSync(folder).filter((name) => name.endsWith('.jar') && !sums.has(name));
  if (strange.length > 0) throw new Complaint(`Maven brought jars that Weir does not know: ${strange.join(', ')}.`);
}

export function readSums(file: string): Map<string, string> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const));
}

function holdsAll(folder: string, sums: ReadonlyMap<string, string>): boolean {
  const present = new Set(readdirSync(folder));
  return [...sums.keys()].every((jar) => present.has(jar));
}

function readStamp(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'verified'), 'utf8');
  } catch {
    return undefined;
  }
}
