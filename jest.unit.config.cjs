// All the pure specs of all projects in one run: nothing but Node is needed.
const { readdirSync, existsSync } = require('node:fs');
const { join } = require('node:path');

const rooms = ['apps', 'libs', 'examples'].filter((room) => existsSync(join(__dirname, room)));
const folders = rooms.flatMap((room) => readdirSync(join(__dirname, room)).map((name) => join(room, name)));

module.exports = {
  // every core: Jest alone would leave one of two idle
  maxWorkers: '100%',
  // finds what hangs; a machine with much else to do takes its time
  testTimeout: 30_000,
  projects: [...folders, 'deploy/local', 'bench', 'e2e']
    .filter((folder) => existsSync(join(__dirname, folder, 'jest.config.cjs')))
    .map((folder) => `<rootDir>/${folder}`),
};
