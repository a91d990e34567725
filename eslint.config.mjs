// The rules of docs/decisions/0002: boundaries between projects, purity of domains, small files. Only errors, no warnings.
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import jest from 'eslint-plugin-jest';

// A rule that two blocks configure is taken from the last one that fits, not from both: each block below names all that holds for its files.
const member = (object, property) =>
  `MemberExpression[object.name='${object}']:matches([property.name='${property}'],[property.value='${property}'])`;
const noClockNoChance = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Pass the time in.' },
  { selector: "CallExpression[callee.name='Date']", message: 'Pass the time in.' },
  { selector: member('Date', 'now'), message: 'Pass the time in.' },
  { selector: member('Math', 'random'), message: 'Pass the randomness in.' },
  { selector: 'ImportExpression', message: 'The domain is pure.' },
];
const noEnum = { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' };
const noEnvironment = [
  member('process', 'env'),
  "VariableDeclarator[init.name='process'] Property[key.name='env']",
  "ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name='env']",
].map((selector) => ({ selector, message: 'Only main.ts reads the environment; take what you need from the config.' }));
// what reaches outside without an import
const noWorld = [
  'process',
  'performance',
  'crypto',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'console',
  'globalThis',
].map((name) => ({ name, message: 'The domain is pure.' }));
// all that a pure room may import; of open-inference only types (below)
const inside = '^(?!\\.\\.?(?:/|$)|@weir/(?:contracts|routing|stats|bandits|open-inference)$|zod$|ipaddr\\.js$)';
const onlySpecs = [
  { name: '@weir/testing', message: 'Only specs use @weir/testing.' },
  { name: 'fast-check', message: 'Only specs use fast-check.' },
];
const frameworks = {
  regex: '^(?:@nestjs/|@fastify/|typeorm|ioredis|kafkajs|rxjs|undici|pg|fastify)(?:/|$|[a-z-])',
  message: 'Adapters own the frameworks.',
};

export default tseslint.config(
  { ignores: ['**/dist', '**/*.cjs', '**/*.mjs', '**/.nx', '**/.weir'] },
  ...tseslint.configs.recommendedTypeChecked,
  { plugins: { '@nx': nx }, languageOptions: { parserOptions: { projectService: true } } },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...noEnvironment, noEnum],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [
            {
              sourceTag: 'type:app',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:pure', 'type:platform', 'type:testing'],
            },
            {
              sourceTag: 'type:platform',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:pure', 'type:platform', 'type:testing'],
            },
            {
              sourceTag: 'type:contracts',
              onlyDependOnLibsWithTags: [],
              allowedExternalImports: ['zod', 'ajv', 'ajv/*', 'ajv-formats', 'fast-check'],
            },
            {
              sourceTag: 'type:pure',
              onlyDependOnLibsWithTags: ['type:pure', 'type:testing'],
              allowedExternalImports: ['fast-check'],
            },
            { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:contracts', 'type:pure'] },
            { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:contracts'] },
            {
              sourceTag: 'type:bench',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:pure', 'type:platform', 'type:tool', 'type:testing'],
            },
            { sourceTag: 'type:example', onlyDependOnLibsWithTags: ['type:contracts', 'type:platform'] },
            {
              sourceTag: 'type:e2e',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:pure', 'type:platform', 'type:testing'],
            },
          ],
        },
      ],
    },
  },
  {
    // what production code may not import: the fakes and builders of the specs
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.contract.ts', '**/*.fixture.ts', 'libs/testing/**'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: onlySpecs }] },
  },
  {
    files: ['**/*.spec.ts', '**/*.contract.ts', '**/*.fixture.ts'],
    plugins: { jest },
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      'no-restricted-syntax': ['error', noEnum],
      '@typescript-eslint/unbound-method': 'off',
      'jest/no-disabled-tests': 'error',
      'jest/no-focused-tests': 'error',
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'fc.assert'] }],
      'jest/valid-expect': 'error',
    },
  },
  {
    files: [
      'apps/*/src/main.ts',
      'apps/*/src/migrate.ts',
      'deploy/local/**/*.ts',
      'examples/**/*.ts',
      'bench/**/*.ts',
      'e2e/**/*.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', noEnum] },
  },
  {
    // pure rooms: no framework, no input or output, no clock, no chance, nothing from outside the room
    files: [
      'apps/*/src/domain/**/*.ts',
      'libs/stats/src/**/*.ts',
      'libs/routing/src/**/*.ts',
      'libs/bandits/src/**/*.ts',
    ],
    ignores: ['**/*.spec.ts', '**/*.contract.ts', '**/*.fixture.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: inside, message: 'The domain is pure.' },
            { regex: '^\\.\\.(?:/|$)', message: 'The domain imports nothing outside itself.' },
          ],
        },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: onlySpecs,
          patterns: [
            { regex: '^@weir/open-inference$', allowTypeImports: true, message: 'The domain is pure: types only.' },
          ],
        },
      ],
      'no-restricted-globals': ['error', ...noWorld],
      'no-restricted-syntax': ['error', ...noEnvironment, noEnum, ...noClockNoChance],
    },
  },
  {
    // use cases are plain classes over ports
    files: ['apps/*/src/*-*.ts'],
    ignores: ['**/*.spec.ts', '**/*.contract.ts', 'apps/*/src/compose-*.ts', 'apps/*/src/boot-*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            frameworks,
            { regex: '^\\./adapters(?:/|$)', message: 'Adapters know use cases, not the other way round.' },
          ],
        },
      ],
    },
  },
  {
    // composition: knows the adapters, but no framework either
    files: ['apps/*/src/compose-*.ts', 'apps/*/src/boot-*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [frameworks] }] },
  },
);
