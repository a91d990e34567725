// What the comparator says of itself to what every service of its kind holds open.
import { byKey, type LedgerServiceSettings } from '@weir/service';
import { group, type ComparatorConfig } from '../config';
import { migrations } from './postgres/migrations/all';

export function settingsOf(config: ComparatorConfig): LedgerServiceSettings {
  return { group, config, migrations: [...migrations], server: byKey, needsKeys: config.readAuth === 'required' };
}
