// Everything the collector holds open: what every service of its kind does, and the cache.
import {
  byKey,
  createRedis,
  openLedgerService,
  type Cache,
  type LedgerService,
  type LedgerServiceSettings,
} from '@weir/service';
import { group, type CollectorConfig } from '../config';
import { migrations } from './postgres/migrations/all';

export interface Infrastructure extends LedgerService {
  readonly cache: Cache;
}

export function settingsOf(config: CollectorConfig): LedgerServiceSettings {
  return { group, config, migrations: [...migrations], server: byKey, needsKeys: config.producerAuth === 'required' };
}

export async function openInfrastructure(config: CollectorConfig): Promise<Infrastructure> {
  const service = await openLedgerService(settingsOf(config));
  const { metrics, logger } = service;
  const cache = createRedis({ url: config.redisUrl, metrics, logger });
  return {
    ...service,
    cache,
    close: async () => {
      await service.close();
      await cache.close();
    },
  };
}
