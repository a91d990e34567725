// The command line, as a person types it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type System } from './system';

const program = join(__dirname, '..', '..', 'apps', 'weirctl', 'dist', 'main.js');

export function weirctl(system: System, ...args: string[]): Promise<{ exitCode: number; printed: string }> {
  const { controller, adminKey } = system.run();
  const env = { ...process.env, WEIR_CONTROLLER: controller, WEIR_API_KEY: adminKey };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code) : 0, printed: `${stdout}${stderr}` }),
    );
  });
}
