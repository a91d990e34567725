// Who may ask for predictions: keys of the roles producer and admin.
import { authenticate, UnauthenticatedError, type KeyRing } from '@weir/service';
import { type Admission } from './live-path';

export function admitProducers(keys: KeyRing, nowMs: () => number): Admission {
  return async (authorization) => {
    try {
      const { role } = await authenticate(keys, authorization, nowMs());
      if (role === 'producer' || role === 'admin') return undefined;
      return { status: 403, message: `the key's role is ${role}; predictions need producer or admin` };
    } catch (error) {
      if (error instanceof UnauthenticatedError) return { status: 401, message: error.message };
      throw error;
    }
  };
}
