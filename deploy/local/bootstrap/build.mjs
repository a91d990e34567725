// Builds every project, unless nothing that goes into a build has changed since the last one.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { complaint } from './complaint.mjs';

const rooms = ['apps', 'libs', 'deploy/local', 'examples', 'bench', 'e2e'];
const rootFiles = ['package-lock.json', 'tsconfig.base.json', 'nx.json'];
const passedOver = new Set(['node_modules', 'dist', '.nx', '.weir', 'coverage', 'bootstrap']);
const notBuilt = /\.(spec\.ts|md)$/;

export async function build({ root, steps, run }) {
  const stampFile = join(root, 'node_modules/.cache/weir/build');
  const files = sources(root);
  const stamp = fingerprint(root, files);
  if (isBuilt(root, files) && read(stampFile) === stamp) return;
  await steps.step('Build', async (say) => {
    rmSync(stampFile, { force: true });
    try {
      await run(
        process.execPath,
        [join(root, 'node_modules/.bin/nx'), 'run-many', '-t', 'build', '--output-style=static'],
        {
          cwd: root,
          env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', FORCE_COLOR: '0' },
        },
      );
    } catch (error) {
      if (error.name !== 'CommandFailed') throw error;
      throw complaint(`The build failed:\n${error.output.trim().split('\n').slice(-60).join('\n')}`);
    }
    mkdirSync(join(root, 'node_modules/.cache/weir'), { recursive: true });
    writeFileSync(stampFile, stamp);
    say('Built');
  });
}

/** Every file that a build may read, in a fixed order. */
function sources(root) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (passedOver.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && !notBuilt.test(entry.name)) found.push(path);
    }
  };
  for (const room of rooms) if (existsSync(join(root, room))) walk(join(root, room));
  return [...found, ...rootFiles.map((file) => join(root, file))].sort();
}

function fingerprint(root, files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function isBuilt(root, files) {
  const projects = files.filter((file) => file.endsWith('/tsconfig.build.json')).map((file) => join(file, '..'));
  return projects.every((folder) => existsSync(join(folder, 'dist/build.tsbuildinfo')));
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
