// Greens, put together: who asks their instances, what is known of them, and what keeps the asking going.
import { type Logger } from '@weir/service';
import { type ControllerConfig } from '../../config';
import { type Store } from '../../ports';
import { WatchGreen } from '../../watch-green';
import { machineClock } from '../surroundings';
import { Watching, type WatchingParts } from '../watching';
import { instanceClientOf } from './compose-client';

export interface Watched {
  readonly greens: WatchGreen;
  watching(judge: WatchingParts['judge']): Watching;
}

export function watchedOf(config: ControllerConfig, { logger }: { readonly logger: Logger }, store: Store): Watched {
  const { client, secrets } = instanceClientOf(config, logger);
  const greens = new WatchGreen(store, client, machineClock);
  const lifetime = { start: () => secrets.start(), stop: () => secrets.stop() };
  return { greens, watching: (judge) => new Watching({ store, greens, judge, logger, lifetime }) };
}
