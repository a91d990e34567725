// The machine's clock and chance.
import { digestOf, makeApiKey, parseApiKey } from '@weir/service';
import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { type KeyMaker } from '../manage-keys';
import { type Chance, type Clock } from '../ports';

export const machineClock: Clock = { now: () => new Date().toISOString() };

export const machineChance: Chance = { id: () => uuidv7(), salt: () => randomBytes(16).toString('hex') };

/** What has come meanwhile is served first. */
export const machineTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const keyMaker: KeyMaker = {
  make: () => makeApiKey(),
  read: (text) => {
    const key = parseApiKey(text);
    return key && { id: key.id, sha256: digestOf(key.secret) };
  },
};
