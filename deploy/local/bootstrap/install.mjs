// npm ci, where the installed packages are not those of package-lock.json.
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { complaint } from './complaint.mjs';

const neededBytes = 1_500_000_000;
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|ENOTCACHED|network/i;

export async function install({ root, steps, run }) {
  if (isInstalled(root)) return;
  const free = freeBytes(root);
  if (free < neededBytes)
    throw complaint(
      `Only ${Math.floor(free / 1e6)} MB are free for ${root}: installing takes about 1.5 GB; free some and run the command again.`,
    );
  await steps.step('Packages: npm ci', async (say) => {
    const [command, ...before] = npm();
    const flags = ['--include=dev', '--no-audit', '--no-fund', '--no-progress', ...(await networkFlags({ root, run }))];
    try {
      await run(command, [...before, 'ci', ...flags], { cwd: root });
    } catch (error) {
      throw translate(error, root);
    }
    say('Packages installed');
  });
}

/** Without a network npm ci tries every package for minutes; with --offline it takes what the cache has, or says so at once. */
async function networkFlags({ root, run }) {
  const [command, ...before] = npm();
  const said = await run(command, [...before, 'ping', '--fetch-retries=0'], { cwd: root, allowFailure: true });
  return /npm error/.test(said) && unreachable.test(said) ? ['--offline'] : [];
}

/** npm keeps beside the packages a list of what it installed; it is written last. */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, { version, integrity, link, optional, devOptional }]) => {
    if (path === '' || !path.startsWith('node_modules/')) return true;
    const installed = present[path];
    if (!installed) return Boolean(optional || devOptional);
    if (link) return existsSync(join(root, path));
    return installed.version === version && installed.integrity === integrity;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that runs us, else the one beside this Node, else that of PATH. */
export function npm() {
  const running = process.env.npm_execpath;
  if (running?.endsWith('npm-cli.js') && existsSync(running)) return [process.execPath, running];
  const beside = join(dirname(process.execPath), 'npm');
  return existsSync(beside) ? [beside] : ['npm'];
}

function freeBytes(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function translate(error, root) {
  const output = error.output ?? '';
  if (/ENOSPC|no space left/i.test(output))
    return complaint(`The disk is full (${root}): free about 1.5 GB and run the command again.`);
  if (unreachable.test(output))
    return complaint(
      "No network: npm cannot reach its registry. Connect (or set npm's proxy) and run the command again.",
    );
  if (/EACCES|EPERM/.test(output))
    return complaint(`npm may not write to ${root}/node_modules: clone Weir into a folder of your own.`);
  if (error.name === 'CommandFailed')
    return complaint(`npm ci failed:\n${output.trim().split('\n').slice(-15).join('\n')}`);
  return error;
}
