// The compiled part of npm start, npm test and npm run faults; deploy/local/run.mjs installs, builds and calls it.
import { faults } from './faults';
import type { Host } from './host';
import { parseOptions } from './options';
import { start } from './start';
import { test } from './test';

export async function main(args: readonly string[], host: Host): Promise<number> {
  const options = parseOptions(args);
  switch (options.command) {
    case 'start':
      return start(host, options);
    case 'test':
      return test(host, options);
    case 'faults':
      return faults(host, options);
  }
}
