// What the allocator says of itself to what every service of its kind holds open.
import { byKey, type LedgerServiceSettings } from '@weir/service';
import { group, type AllocatorConfig } from '../config';
import { migrations } from './postgres/migrations/all';

export function settingsOf(config: AllocatorConfig): LedgerServiceSettings {
  return { group, config, server: byKey, migrations: [...migrations], needsKeys: config.readAuth === 'required' };
}
