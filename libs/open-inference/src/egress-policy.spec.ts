// Addresses that may be dialled and those that never are.
import { EgressPolicy } from './egress-policy';

const production = new EgressPolicy({ allowLoopback: false });
const local = new EgressPolicy({ allowLoopback: true });

describe('the egress policy', () => {
  it.each([
    '169.254.169.254',
    '169.254.170.2',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '255.255.255.255',
    '224.0.0.1',
    'ff02::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'not-an-address',
    '',
  ])('never allows %s, in no profile and on no list', (address) => {
    const listed = new EgressPolicy({ allowLoopback: true, only: ['host', '0.0.0.0/0', '::/0'] });
    for (const policy of [production, local, listed]) expect(policy.refusal('host', address)).toBeDefined();
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    'allows loopback %s in the local profile only',
    (address) => {
      expect(local.refusal('host', address)).toBeUndefined();
      expect(production.refusal('host', address)).toContain('loopback');
    },
  );

  it('allows the private and public addresses of model servers', () => {
    for (const address of ['10.1.2.3', '172.18.0.4', '192.168.1.1', '8.8.8.8', 'fd12::1', '2606:4700::1', '100.64.0.1'])
      expect(production.refusal('host', address)).toBeUndefined();
  });

  it('allows only what is listed once there is a list: names and ranges', () => {
    const policy = new EgressPolicy({
      allowLoopback: false,
      only: ['models.internal', '10.0.0.0/8', 'fd12::/16', '192.168.7.7'],
    });
    expect(policy.refusal('models.internal', '8.8.8.8')).toBeUndefined();
    expect(policy.refusal('MODELS.internal', '8.8.8.8')).toBeUndefined();
    expect(policy.refusal('x', '10.200.0.1')).toBeUndefined();
    expect(policy.refusal('x', '::ffff:10.200.0.1')).toBeUndefined();
    expect(policy.refusal('x', 'fd12::9')).toBeUndefined();
    expect(policy.refusal('x', '192.168.7.7')).toBeUndefined();
    expect(policy.refusal('x', '192.168.7.8')).toContain('not on the list'.slice(4));
    expect(policy.refusal('models.internal', '169.254.169.254')).toContain('linkLocal');
  });

  it('takes all names below a suffix, and loopback where it is listed, as the controller does', () => {
    const policy = new EgressPolicy({ allowLoopback: false, only: ['*.models.internal', '127.0.0.0/8'] });
    expect(policy.refusal('a.models.internal', '10.0.0.1')).toBeUndefined();
    expect(policy.refusal('models.internal', '10.0.0.1')).toBeDefined();
    expect(policy.refusal('evilmodels.internal', '10.0.0.1')).toBeDefined();
    expect(policy.refusal('localhost', '127.0.0.1')).toBeUndefined();
    expect(policy.refusal('x', '::1')).toContain('loopback');
  });

  it('refuses a list that it cannot read', () => {
    for (const entry of ['http://models', 'a b', '', '10.0.0.0/99', '*'])
      expect(() => new EgressPolicy({ allowLoopback: false, only: [entry] })).toThrow();
  });
});
