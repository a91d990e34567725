// Ids are UUIDs of version 7: each greater than the one before, none foreseeable from it.
import { newId } from './new-id';

describe('newId', () => {
  it('makes UUIDs of version 7 that grow and say when they were made', () => {
    const beforeMs = Date.now();
    const ids = Array.from({ length: 5_000 }, newId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(parseInt(ids[0]!.replace('-', '').slice(0, 12), 16)).toBeGreaterThanOrEqual(beforeMs);
  });

  it('takes a new random number for each, over and over', () => {
    const tails = Array.from({ length: 5_000 }, () => newId().slice(-8));
    expect(new Set(tails).size).toBeGreaterThan(4_990);
  });
});
