// Long faults and soaks: npm run faults -- [id]. One at a time, for they measure.
const preset = require('./jest.preset.cjs');

module.exports = {
  ...preset,
  displayName: 'faults',
  roots: [
    '<rootDir>/e2e',
    '<rootDir>/apps/outcome-collector',
    '<rootDir>/apps/request-router',
    '<rootDir>/apps/rollout-controller',
    '<rootDir>/libs/bandits',
    '<rootDir>/libs/open-inference',
    '<rootDir>/libs/stats',
  ],
  testMatch: ['**/src/**/*.faults.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 40 * 60_000,
  maxWorkers: 1,
};
