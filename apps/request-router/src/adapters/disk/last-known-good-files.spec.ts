// Files that survive: whole or not at all, and put aside when damaged.
import { createLogger } from '@weir/service';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LastKnownGoodFiles } from './last-known-good-files';

let folder: string;
const logged: string[] = [];
const logger = createLogger('spec', 'info', { write: (line) => logged.push(line) });
const files = (): LastKnownGoodFiles => new LastKnownGoodFiles(join(folder, 'policies'), logger);

beforeEach(async () => {
  logged.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'weir-lkg-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function saved(...documents: [string, string][]): Promise<void> {
  const disk = files();
  await disk.load();
  for (const [name, text] of documents) disk.save(name, Buffer.from(text));
  await disk.flush();
}

describe('last known good files', () => {
  it('give back the latest of each name, byte for byte', async () => {
    await saved(['a', '{"r":1}'], ['b', 'x\ny'], ['a', '{"r":2}'], ['a', '{"r":3}']);
    expect((await files().load()).map(String)).toEqual(['{"r":3}', 'x\ny']);
  });

  it('hold nothing at first', async () => {
    expect(await files().load()).toEqual([]);
  });

  it.each([
    ['cut short', (path: string) => truncate(path, 70)],
    ['empty', (path: string) => truncate(path, 0)],
    ['changed', async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('good', 'evil'))],
  ])('put a file aside that was %s, with a line in the log, and give back the others', async (_, damage) => {
    await saved(['a', 'good'], ['b', 'also']);
    await damage(join(folder, 'policies', 'a.lkg'));
    expect((await files().load()).map(String)).toEqual(['also']);
    expect(await readdir(join(folder, 'policies'))).toEqual(['a.lkg.damaged', 'b.lkg']);
    expect(logged.join()).toContain('damaged');
    expect((await files().load()).map(String)).toEqual(['also']);
  });

  it('do not see what a crash left half written', async () => {
    await saved(['a', 'good']);
    await writeFile(join(folder, 'policies', 'b.lkg.new'), 'half');
    expect((await files().load()).map(String)).toEqual(['good']);
  });

  it('report a disk that cannot be written, and go on', async () => {
    await writeFile(join(folder, 'policies'), 'a file where the folder should be');
    const disk = files();
    disk.save('a', Buffer.from('x'));
    await disk.flush();
    expect(logged.join()).toContain('could not be written');
  });
});
