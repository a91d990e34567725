// End-to-end specs: the built system as processes, driven from outside. One at a time.
const preset = require('./jest.preset.cjs');

module.exports = {
  ...preset,
  displayName: 'e2e',
  roots: ['<rootDir>/e2e'],
  testMatch: ['**/src/**/*.e2e.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 180_000,
  maxWorkers: 1,
};
