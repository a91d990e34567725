// docs/guides/operations.md, .env.example and docker-compose.yml name the variables that exist, and no others.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const all = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();

const guide = read('docs/guides/operations.md');
const compose = read('docker-compose.yml');
const columns = [
  'request-router',
  'outcome-collector',
  'rollout-controller',
  'shadow-comparator',
  'bandit-allocator',
] as const;

/** | `NAME` | x | | x | | default | meaning | */
const table = [...guide.matchAll(/^\| `([A-Z_]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|/gm)].map(
  ([, name, ...marks]) => ({
    name: name ?? '',
    services: columns.filter((_, index) => marks[index]?.trim() === 'x'),
  }),
);

it.each(columns.map((service, index) => [service, index] as const))('the table has what %s reads', (service) => {
  const own = read(`apps/${service}/src/config.ts`);
  const ofServers = own.includes('modelServerVariables')
    ? read('libs/open-inference/src/model-server-variables.ts')
    : '';
  const known = all(own + ofServers, /^\s+([A-Z][A-Z_]+):/gm);
  const documented = table.filter(({ services }) => services.includes(service)).map(({ name }) => name);
  expect(documented.sort()).toEqual(known);
});

it('explains every variable of the compose file', () => {
  const used = all(compose, /\$\{([A-Z_]+)/g);
  expect(used.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});

it('.env.example names variables that the compose file uses, and all that it requires', () => {
  const example = read('.env.example');
  const used = all(compose, /\$\{([A-Z_]+)/g);
  expect(all(example, /^(?:# )?([A-Z_]+)=/gm).filter((name) => !used.includes(name))).toEqual([]);
  for (const required of all(compose, /\$\{([A-Z_]+):\?/g)) expect(example).toMatch(new RegExp(`^${required}=$`, 'm'));
});

it('every service of the compose file has limits, no capabilities, and no way to more', () => {
  const { services } = parse(compose, { merge: true, maxAliasCount: -1 }) as {
    services: Record<string, Record<string, unknown>>;
  };
  for (const [name, service] of Object.entries(services)) {
    expect([name, service]).toEqual([
      name,
      expect.objectContaining({
        mem_limit: expect.stringMatching(/^\d+[mg]$/) as string,
        cpus: expect.any(Number) as number,
        pids_limit: expect.any(Number) as number,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        init: true,
        stop_grace_period: '30s',
      }),
    ]);
  }
  expect(compose).not.toMatch(/PASSWORD:?-|_KEY:-/);
});

it('the image holds a health check that needs nothing but Node', () => {
  expect(readdirSync(join(root, 'deploy/docker'))).toContain('healthy.cjs');
  expect(read('deploy/docker/Dockerfile')).toMatch(/HEALTHCHECK .*healthy\.cjs/);
  expect(read('deploy/docker/Dockerfile')).toMatch(/^USER node$/m);
});
