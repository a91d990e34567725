// Where model URLs may point to, by profile and by list.
import { instanceUrl, serverUrl } from '@weir/contracts';
import { egressProblem, type EgressRule } from './egress';

const local: EgressRule = { profile: 'local', allow: [] };
const open: EgressRule = { profile: 'production', allow: [] };
const listed: EgressRule = {
  profile: 'production',
  allow: ['*.models.internal', '10.1.0.0/16', 'gpu-1', '127.0.0.1', 'fd00::/8'],
};
const judge = (url: string, rule: EgressRule): string | undefined => {
  const parsed = serverUrl.safeParse(url);
  return parsed.success ? egressProblem(parsed.data, rule) : parsed.error.issues[0]?.message;
};

describe('by its text alone', () => {
  it.each([
    'ftp://models/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'models:9000',
    '//models',
    'http:models',
    'http://',
    'http:///x',
    'http://user@models',
    'http://user:pass@models',
    'http://@models',
    'http://models?x=1',
    'http://models/?',
    'http://models/#f',
    'http://mo dels',
    'http://models\\@evil',
    'http://models\n',
    ' http://models',
    'http://2130706433',
    'http://0x7f000001',
    'http://0177.0.0.1',
    'http://127.1',
    'http://127%2e0.0.1',
    'http://169。254。169。254',
    'http://010.1.2.3',
    'http://[::1',
    'http://models:99999',
    'http://\u0000models',
    `http://${'a'.repeat(2_100)}`,
  ])('refuses %j', (url) => expect(serverUrl.safeParse(url).success).toBe(false));

  it.each([
    ['http://models:9000/', 'http://models:9000'],
    ['HTTPS://Models.Example.com/v1/', 'https://models.example.com/v1'],
    ['http://127.0.0.1:9101', 'http://127.0.0.1:9101'],
    ['http://[::1]:9101/', 'http://[::1]:9101'],
  ])('reads %s as %s', (url, expected) => expect(serverUrl.parse(url)).toBe(expected));
});

describe('whatever the profile', () => {
  const hostile = [
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.1.1',
    'http://[fe80::1]',
    'http://0.0.0.0:9000',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:a9fe:a9fe]',
    'http://[64:ff9b::a9fe:a9fe]',
    'http://[2002:a9fe:a9fe::1]',
    'http://224.0.0.1',
    'http://255.255.255.255',
    'http://[ff02::1]',
    'http://metadata.google.internal',
    'http://METADATA.google.internal.',
    'http://[fd00:ec2::254]',
    'http://100.100.100.200',
    'http://168.63.129.16',
    'http://metadata',
  ];
  it.each(hostile)('refuses %s', (url) => {
    const all = {
      profile: 'production',
      allow: ['0.0.0.0/0', '::/0', 'metadata', 'metadata.google.internal'],
    } as const;
    expect([judge(url, local), judge(url, open), judge(url, all)]).not.toContain(undefined);
  });
});

describe('the local profile', () => {
  it.each([
    'http://127.0.0.1:9101',
    'http://localhost:9101',
    'http://[::1]:9101',
    'http://10.0.0.4',
    'http://models:9000',
    'https://models.example.com',
  ])('allows %s', (url) => expect(judge(url, local)).toBeUndefined());
});

describe('the production profile', () => {
  it.each([
    'http://127.0.0.1:9101',
    'http://127.8.8.8',
    'http://localhost:9101',
    'http://a.localhost',
    'http://localhost.',
    'http://[::1]',
    'http://10.0.0.4',
    'http://192.168.1.1',
    'http://[fd12::1]',
    'http://100.64.0.1',
  ])('without a list refuses %s', (url) => expect(judge(url, open)).toBeDefined());
  it.each(['http://models:9000', 'https://models.example.com', 'https://93.184.216.34'])(
    'without a list allows %s',
    (url) => expect(judge(url, open)).toBeUndefined(),
  );
  it.each([
    'http://a.models.internal',
    'http://10.1.2.3:9000',
    'http://gpu-1:9000',
    'http://127.0.0.1:9000',
    'http://[fd12::1]',
  ])('with a list allows %s', (url) => expect(judge(url, listed)).toBeUndefined());
  it.each([
    'http://models.internal',
    'http://evilmodels.internal',
    'http://10.2.0.1',
    'https://models.example.com',
    'http://127.0.0.2',
    'http://gpu-1.evil.com',
  ])('with a list refuses %s', (url) => expect(judge(url, listed)).toBeDefined());
});

describe('an instance', () => {
  it.each([
    ['http://Models:80/', 'http://models'],
    ['dns+http://Models.internal:8080/', 'dns+http://models.internal:8080'],
    ['dns+https://models.internal', 'dns+https://models.internal'],
  ])('reads %s as %s', (text, expected) => expect(instanceUrl.parse(text)).toBe(expected));

  it.each([
    'dns+',
    'dns+ftp://models',
    'dns+dns+http://models',
    'dns+http://10.0.0.1',
    'dns+http://[::1]:80',
    'DNS+http://a',
  ])('refuses %s', (text) => expect(instanceUrl.safeParse(text).success).toBe(false));

  it('is held to the same rule where it is a name to follow', () => {
    const rule: EgressRule = { profile: 'production', allow: ['models.internal'] };
    expect(egressProblem('dns+http://models.internal:8080', rule)).toBeUndefined();
    expect(egressProblem('dns+http://elsewhere:8080', rule)).toContain('WEIR_EGRESS_ALLOW');
    expect(egressProblem('dns+http://localhost:8080', { profile: 'production', allow: [] })).toContain(
      'machine itself',
    );
  });
});
