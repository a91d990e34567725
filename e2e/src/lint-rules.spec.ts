// The architecture's rules fire: a violation of each kind, planted in each room where it matters, is refused.
// A planted text stands in for the text of a file that exists, in memory: nothing is written that a build running beside could see.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

interface Planted {
  readonly filePath: string;
  readonly code: string;
}

interface Message {
  readonly ruleId: string | null;
  readonly line: number;
}

function lint(texts: readonly Planted[]): Message[][] {
  const planted = texts.map(({ filePath, code }) => ({ filePath, code }));
  const output = execFileSync(process.execPath, [join(__dirname, 'lint-planted.mjs')], {
    cwd: root,
    input: JSON.stringify(planted),
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
    maxBuffer: 64 * 1024 ** 2,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return JSON.parse(output.toString()) as Message[][];
}

/** Some file of a room: rules go by the folder, so any will do. */
function fileIn(room: string): string {
  const file = readdirSync(join(root, room)).find((name) => /^[a-z0-9-]+\.ts$/.test(name));
  if (!file) throw new Error(`${room} is empty`);
  return join(root, room, file);
}

const apps = readdirSync(join(root, 'apps')).filter((app) => existsSync(join(root, 'apps', app, 'src/main.ts')));
const domains = apps.map((app) => `apps/${app}/src/domain`).filter((room) => existsSync(join(root, room)));
const pureLibs = ['libs/stats/src', 'libs/routing/src', 'libs/bandits/src'].filter((room) =>
  existsSync(join(root, room)),
);
const useCases = apps.map((app) => {
  const files = readdirSync(join(root, 'apps', app, 'src'));
  const file = files.find((name) => /^(?!compose-|boot-)[a-z]+-[a-z-]+\.ts$/.test(name));
  if (!file) throw new Error(`${app} has no use case`);
  return `apps/${app}/src/${file}`;
});

const long = (lines: number) => Array.from({ length: lines }, (_, index) => `  f(${index});`).join('\n');

interface Violation {
  readonly what: string;
  readonly code: string;
  readonly rule: string;
}

const impure: readonly Violation[] = [
  {
    what: 'a Node module',
    code: `import { join } from 'node:path';\nexport const x = join('a');`,
    rule: 'no-restricted-imports',
  },
  {
    what: 'a Node module without its prefix',
    code: `import { join } from 'path';\nexport const x = join('a');`,
    rule: 'no-restricted-imports',
  },
  {
    what: 'Nest',
    code: `import { Injectable } from '@nestjs/common';\nexport const x = Injectable;`,
    rule: 'no-restricted-imports',
  },
  { what: 'kafkajs', code: `import { Kafka } from 'kafkajs';\nexport const x = Kafka;`, rule: 'no-restricted-imports' },
  {
    what: 'a package nobody has thought of',
    code: `import x from 'left-pad';\nexport { x };`,
    rule: 'no-restricted-imports',
  },
  { what: 'its parent', code: `import { x } from '../ports';\nexport { x };`, rule: 'no-restricted-imports' },
  { what: 'its parent itself', code: `import { x } from '..';\nexport { x };`, rule: 'no-restricted-imports' },
  {
    what: 'an adapter',
    code: `import { x } from '../adapters/postgres/x';\nexport { x };`,
    rule: 'no-restricted-imports',
  },
  {
    what: 'a type of its parent',
    code: `import type { X } from '../ports';\nexport type Y = X;`,
    rule: 'no-restricted-imports',
  },
  { what: 'what it exports from its parent', code: `export { x } from '../ports';`, rule: 'no-restricted-imports' },
  {
    what: 'the bus',
    code: `import { toRecord } from '@weir/bus';\nexport { toRecord };`,
    rule: 'no-restricted-imports',
  },
  {
    what: 'the client of model servers',
    code: `import { UndiciModelServer } from '@weir/open-inference';\nexport { UndiciModelServer };`,
    rule: '@typescript-eslint/no-restricted-imports',
  },
  {
    what: 'the fakes',
    code: `import { FixedClock } from '@weir/testing';\nexport { FixedClock };`,
    rule: '@typescript-eslint/no-restricted-imports',
  },
  { what: 'an import at run time', code: `export const x = () => import('node:fs');`, rule: 'no-restricted-syntax' },
  {
    what: 'require',
    code: `// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment\nexport const x = require('node:fs');`,
    rule: '@typescript-eslint/no-require-imports',
  },
  { what: 'Date.now()', code: `export const x = () => Date.now();`, rule: 'no-restricted-syntax' },
  { what: 'Date.now handed on', code: `export const x = Date.now;`, rule: 'no-restricted-syntax' },
  { what: 'new Date()', code: `export const x = () => new Date();`, rule: 'no-restricted-syntax' },
  { what: 'Math.random()', code: `export const x = () => Math.random();`, rule: 'no-restricted-syntax' },
  { what: 'performance.now()', code: `export const x = () => performance.now();`, rule: 'no-restricted-globals' },
  { what: 'crypto', code: `export const x = () => crypto.randomUUID();`, rule: 'no-restricted-globals' },
  { what: 'fetch', code: `export const x = () => fetch('http://x');`, rule: 'no-restricted-globals' },
  { what: 'a timer', code: `export const x = () => setTimeout(() => undefined, 1);`, rule: 'no-restricted-globals' },
];

const readsEnvironment: readonly Violation[] = [
  { what: 'process.env', code: `export const x = process.env['X'];`, rule: 'no-restricted-syntax' },
  { what: "process['env']", code: `export const x = process['env']['X'];`, rule: 'no-restricted-syntax' },
  { what: '{ env } of process', code: `const { env } = process;\nexport { env };`, rule: 'no-restricted-syntax' },
  {
    what: 'env of node:process',
    code: `import { env } from 'node:process';\nexport const x = env['X'];`,
    rule: 'no-restricted-syntax',
  },
];

const everywhere: readonly Violation[] = [
  { what: 'an enum', code: `export enum Colour {\n  Red,\n}`, rule: 'no-restricted-syntax' },
  {
    what: 'any',
    code: `export const x = (y: any): unknown => y as unknown;`,
    rule: '@typescript-eslint/no-explicit-any',
  },
  {
    what: 'a long function',
    code: `export function x(f: (n: number) => void): void {\n${long(45)}\n}`,
    rule: 'max-lines-per-function',
  },
  {
    what: 'a long file',
    code: `${Array.from({ length: 210 }, (_, i) => `export const x${i} = ${i};`).join('\n')}`,
    rule: 'max-lines',
  },
  {
    what: 'a switch with a hole',
    code: `export const x = (y: 'a' | 'b') => {\n  switch (y) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n};`,
    rule: '@typescript-eslint/switch-exhaustiveness-check',
  },
  { what: '==', code: `export const x = (y: number) => y == 1;`, rule: 'eqeqeq' },
];

const usesFrameworks: readonly Violation[] = [
  '@nestjs/common',
  'typeorm',
  'kafkajs',
  'ioredis',
  'undici',
  'pg',
  'fastify',
  'rxjs',
]
  .map((name) => ({ what: name, code: `import * as x from '${name}';\nexport { x };`, rule: 'no-restricted-imports' }))
  .concat({
    what: 'an adapter',
    code: `import { x } from './adapters/postgres/x';\nexport { x };`,
    rule: 'no-restricted-imports',
  });

const fakes: Violation = {
  what: 'the fakes',
  code: `import { FixedClock } from '@weir/testing';\nexport { FixedClock };`,
  rule: '@typescript-eslint/no-restricted-imports',
};

const boundary = (name: string): Violation => ({
  what: name,
  code: `import * as x from '${name}';\nexport { x };`,
  rule: '@nx/enforce-module-boundaries',
});

const boundaries: readonly (readonly [string, Violation])[] = [
  ['libs/contracts/src', boundary('@weir/routing')],
  ['libs/contracts/src', boundary('@weir/bus')],
  ['libs/contracts/src', boundary('@nestjs/common')],
  ['libs/stats/src', boundary('@weir/service')],
  ['libs/stats/src', boundary('@nestjs/common')],
  ['libs/routing/src', boundary('@weir/bus')],
  ['libs/testing/src', boundary('@weir/bus')],
  ['libs/testing/src', boundary('@weir/service')],
  [
    'libs/bus/src',
    { ...boundary('a file of another project'), code: `import * as x from '../../service/src/health';\nexport { x };` },
  ],
  [
    'apps/outcome-collector/src',
    {
      ...boundary('a file of another service'),
      code: `import * as x from '../../request-router/src/ports';\nexport { x };`,
    },
  ],
];

const plantings: readonly (readonly [room: string, filePath: string, violation: Violation])[] = [
  ...[...domains, ...pureLibs].flatMap((room) =>
    [...impure, ...readsEnvironment, ...everywhere].map((violation) => [room, fileIn(room), violation] as const),
  ),
  ...useCases.flatMap((file) =>
    [...usesFrameworks, ...readsEnvironment, ...everywhere, fakes].map(
      (violation) => [file, join(root, file), violation] as const,
    ),
  ),
  ...['libs/bus/src', 'libs/service/src', 'libs/contracts/src'].flatMap((room) =>
    [...readsEnvironment, ...everywhere, fakes].map((violation) => [room, fileIn(room), violation] as const),
  ),
  ...boundaries.map(([room, violation]) => [room, fileIn(room), violation] as const),
];

const allowed: readonly (readonly [string, Planted])[] = [
  [
    'a domain that computes',
    {
      filePath: fileIn(domains[0] ?? ''),
      code: `export const x = (atMs: number): string => new Date(atMs).toISOString();`,
    },
  ],
  [
    'a domain that knows the contracts',
    {
      filePath: fileIn(domains[0] ?? ''),
      code: `import { WeirError } from '@weir/contracts';\nexport const x = WeirError;`,
    },
  ],
  [
    'main.ts that reads the environment',
    { filePath: join(root, 'apps/outcome-collector/src/main.ts'), code: `export const x = process.env['X'];` },
  ],
  [
    'an adapter that uses Nest',
    {
      filePath: join(root, 'apps/outcome-collector/src/app.module.ts'),
      code: `import { Module } from '@nestjs/common';\nexport const x = Module;`,
    },
  ],
  [
    'a long spec with fakes',
    {
      filePath: join(root, 'libs/service/src/metrics.spec.ts'),
      code: `import { FixedClock } from '@weir/testing';\nexport function x(f: (n: number) => void): void {\n  f(new FixedClock().nowMs());\n${long(45)}\n}`,
    },
  ],
];

interface Spot extends Planted {
  /** Where each violation stands in the text. */
  readonly lines: ReadonlyMap<Violation, { readonly from: number; readonly to: number }>;
}

/** All that is planted in a file as one text: linting by types is slow, and rules do not look at each other. A long file stands alone. */
function spotsOf(): Map<string, Spot> {
  const spots = new Map<string, Spot>();
  for (const [, filePath, violation] of plantings) {
    const key = spotKey(filePath, violation);
    const spot = spots.get(key) ?? { filePath, code: '', lines: new Map() };
    const from = spot.code.split('\n').length;
    const to = from + violation.code.split('\n').length;
    spots.set(key, {
      filePath,
      code: `${spot.code}${violation.code}\n`,
      lines: new Map(spot.lines).set(violation, { from, to }),
    });
  }
  return spots;
}

const spotKey = (filePath: string, { rule }: Violation): string =>
  rule === 'max-lines' ? `${filePath} (long)` : filePath;

const spots = spotsOf();
let refused: Map<string, Message[]>;
let accepted: Message[][];

beforeAll(() => {
  const answers = lint([...spots.values(), ...allowed.map(([, text]) => text)]);
  refused = new Map([...spots.keys()].map((key, index) => [key, answers[index] ?? []]));
  accepted = answers.slice(spots.size);
}, 240_000);

it('has rooms to plant in', () => {
  expect(domains.length).toBeGreaterThanOrEqual(3);
  expect(pureLibs).toContain('libs/stats/src');
});

it.each(plantings.map(([room, filePath, violation]) => [room, violation.what, filePath, violation] as const))(
  '%s: refuses %s',
  (_room, _what, filePath, violation) => {
    const key = spotKey(filePath, violation);
    const { from, to } = spots.get(key)?.lines.get(violation) ?? { from: 0, to: 0 };
    const here = refused.get(key)?.filter(({ line }) => line >= from && line <= to);
    expect(here?.map(({ ruleId }) => ruleId)).toContain(violation.rule);
  },
);

it.each(allowed.map(([what], index) => [what, index] as const))('allows %s', (_what, index) => {
  expect(accepted[index]).toEqual([]);
});
