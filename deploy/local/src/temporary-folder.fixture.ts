// A folder that a spec may fill; gone when the spec file is through.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

// a listener on the process's exit would never be heard: Jest gives specs a process of their own making
afterAll(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })));

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir spec '));
  folders.push(folder);
  return folder;
}
