// What every project's tests share. Spec kinds by suffix: .spec.ts is pure and needs nothing but Node;
// .int.spec.ts needs the real Kafka, Postgres or Redis named by the environment; .e2e.spec.ts needs the whole system.
const base = {
  testEnvironment: 'node',
  // libraries are tested from their sources, never from a stale build
  testEnvironmentOptions: { customExportConditions: ['@weir/source', 'node', 'require', 'default'] },
  transform: { '^.+\\.ts$': ['@swc/jest', { configFile: `${__dirname}/.swcrc`, swcrc: false }] },
};

module.exports = {
  ...base,
  testMatch: ['**/src/**/*.spec.ts'],
  testPathIgnorePatterns: [
    '\\.faults\\.spec\\.ts$',
    '\\.int\\.spec\\.ts$',
    '\\.e2e\\.spec\\.ts$',
    '/node_modules/',
    '/dist/',
  ],
};
