// Packs are remembered until they are published, within a bound.
import { RecentPacks } from './recent-packs';

const records = [{ topic: 't', key: null, value: 'v' }];

it('gives a pack by its row and its transaction, until it is forgotten', () => {
  const packs = new RecentPacks();
  packs.keep({ id: '1', xid: '7' }, records, 10);
  expect(packs.find({ id: '1', xid: '7' })).toBe(records);
  expect(packs.find({ id: '1', xid: '8' })).toBeUndefined();
  packs.forget({ id: '1', xid: '7' });
  expect(packs.find({ id: '1', xid: '7' })).toBeUndefined();
});

it('lets go of the oldest above its bytes', () => {
  const packs = new RecentPacks(100);
  for (const id of ['1', '2', '3']) packs.keep({ id, xid: '7' }, records, 40);
  expect(['1', '2', '3'].map((id) => packs.find({ id, xid: '7' }) !== undefined)).toEqual([false, true, true]);
});
