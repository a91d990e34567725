// nginx, wrk and taskset: programs of the machine that a benchmark cannot do without.
import { existsSync } from 'node:fs';
import { Complaint, onPath, type Host } from '@weir/local';

const packages: Readonly<Record<string, string>> = { nginx: 'nginx-light', wrk: 'wrk', taskset: 'util-linux' };

/** Where each is. Installs what is missing only when asked to, by root, on Debian and its like. */
export async function findPrograms(host: Host, install: boolean): Promise<Readonly<Record<string, string>>> {
  const missing = Object.keys(packages).filter((program) => !find(program));
  if (missing.length > 0) {
    const command = `apt-get install -y --no-install-recommends ${missing.map((name) => packages[name]).join(' ')}`;
    if (!install || process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
      throw new Complaint(`Missing: ${missing.join(', ')}. On Debian and Ubuntu: ${command}`);
    await host.steps.step(command, async () => {
      const [program = '', ...args] = command.split(' ');
      await host.run(program, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    });
  }
  return Object.fromEntries(Object.keys(packages).map((program) => [program, find(program) ?? program]));
}

function find(program: string): string | undefined {
  return onPath(program, process.env['PATH']) ?? onPath(program, '/usr/sbin');
}
