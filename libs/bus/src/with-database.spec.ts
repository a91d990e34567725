// A database that is away, as callers see it.
import { BusError } from './errors';
import { UnavailableError, withDatabase } from './with-database';

const failing = (error: unknown) => withDatabase(() => Promise.reject(error as Error));

it('is unavailable where the connection is gone, and retriable', async () => {
  const gone = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  await expect(failing(gone)).rejects.toThrow(UnavailableError);
  await expect(failing(gone)).rejects.toMatchObject({ code: 'unavailable', retriable: true });
});

it('lets through what has a name of its own, and what is a bug', async () => {
  const named = new BusError('producer-full', 'full', true);
  const bug = new TypeError('x is undefined');
  await expect(failing(named)).rejects.toBe(named);
  await expect(failing(bug)).rejects.toBe(bug);
});

it('gives back what was done', async () => {
  await expect(withDatabase(() => Promise.resolve(3))).resolves.toBe(3);
});
