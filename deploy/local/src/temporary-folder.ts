// A folder that a spec may fill; gone when the process ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir spec '));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
