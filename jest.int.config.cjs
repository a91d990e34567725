// Integration specs: against the real Kafka, Postgres and Redis that KAFKA_BROKERS, DATABASE_URL and REDIS_URL name.
const preset = require('./jest.preset.cjs');

module.exports = {
  ...preset,
  displayName: 'integration',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/deploy/local', '<rootDir>/examples'],
  testMatch: ['**/src/**/*.int.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 60_000,
  maxWorkers: 2,
};
