import { clusterIdArgument, newClusterId } from './cluster-id';

describe('a cluster id', () => {
  it('never begins with a dash, which the storage tool would take for an option', () => {
    const dashed = Buffer.alloc(16, 0xf8);
    const fine = Buffer.alloc(16, 7);
    expect(dashed.toString('base64url')).toMatch(/^-/);
    const given = [dashed, dashed, fine];
    expect(newClusterId(() => given.shift()!)).toBe(fine.toString('base64url'));
  });

  it('is 22 characters of base64url, another each time', () => {
    const ids = Array.from({ length: 500 }, () => newClusterId());
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('reaches the storage tool in one argument, so that one kept from before may begin with a dash', () => {
    expect(clusterIdArgument('-AbCdEfGhIjKlMnOpQrStg')).toBe('--cluster-id=-AbCdEfGhIjKlMnOpQrStg');
  });
});
