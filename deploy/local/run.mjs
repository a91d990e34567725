#!/usr/bin/env node
// npm start, npm test, npm run faults: works on a fresh clone, with nothing installed but Node.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Weir needs Node 20.19 or newer, this is ${process.versions.node}: install Node 20, 22 or 24.`);
  process.exit(1);
}
if (process.platform === 'win32') {
  console.error('Weir runs on Linux and macOS: on Windows run it inside WSL.');
  process.exit(1);
}

const { boot } = await import('./bootstrap/boot.mjs');
process.exit(await boot(process.argv.slice(2)));
