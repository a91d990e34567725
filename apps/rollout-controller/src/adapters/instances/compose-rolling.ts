// Rolling updates, put together: who asks instances, who updates them, and whose requests warm them up.
import { type Logger } from '@weir/service';
import { type AdvanceRollout } from '../../advance-rollout';
import { type ControllerConfig } from '../../config';
import { type Store } from '../../ports';
import { RollInstances } from '../../roll-instances';
import { Rolling } from '../rolling';
import { machineClock } from '../surroundings';
import { ChosenUpdater } from './chosen-updater';
import { instanceClientOf } from './compose-client';
import { ManualUpdater } from './manual-updater';
import { TopicRequests } from './recorded-requests';
import { RepositoryUpdater } from './repository-updater';
import { WebhookUpdater } from './webhook-updater';

export function rollingOf(
  config: ControllerConfig,
  { logger }: { readonly logger: Logger },
  store: Store,
  advance: AdvanceRollout,
): Rolling {
  const { client, secrets } = instanceClientOf(config, logger);
  const updater = new ChosenUpdater({
    repository: new RepositoryUpdater(client),
    webhook: new WebhookUpdater({
      client,
      secret: (name) => secrets.value(name),
      nowSeconds: () => Math.floor(Date.now() / 1_000),
    }),
    manual: new ManualUpdater(),
  });
  const hands = { updater, instances: client, requests: new TopicRequests(config.bus) };
  const lifetime = { start: () => secrets.start(), stop: () => secrets.stop() };
  return new Rolling({ store, rolls: new RollInstances(store, machineClock, advance, hands), logger, lifetime });
}
