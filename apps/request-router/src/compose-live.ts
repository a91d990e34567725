// The live path put together: what answers over HTTP beside Nest, and what it takes on at once.
import { type EventJournal } from '@weir/bus';
import { type Health, type Logger, type MemoryKeyRing } from '@weir/service';
import { admitProducers } from './adapters/http/admit-producer';
import { DecidePath } from './adapters/http/decide-path';
import { LivePath } from './adapters/http/live-path';
import { type Patience } from './adapters/http/prediction-path';
import { LoadGuard } from './adapters/http/load-guard';
import { JournalDecisionLog } from './adapters/kafka/journal-decision-log';
import { type routerMetrics } from './adapters/router-metrics';
import { type Config } from './config';
import { DecidePrediction } from './decide-prediction';
import { DescribeModel } from './describe-model';
import { newId } from './new-id';
import { type Clock } from './ports';
import { ReportServed } from './report-served';
import { type RoutePrediction } from './route-prediction';
import { type ServeModels } from './serve-models';

/** A record of prediction-requested holds at most 4 MiB, and so does one of prediction-served with its envelope. */
const maxBodyBytes = 4 * 1024 ** 2 - 128 * 1024;

const patience: Patience = { readAnswerMs: 60_000, stallMs: 30_000 };

export interface LiveParts {
  readonly config: Config;
  readonly route: RoutePrediction;
  readonly models: ServeModels;
  readonly journal: EventJournal;
  readonly figures: ReturnType<typeof routerMetrics>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: Health;
  /** Undefined: everybody may produce. */
  readonly keys: MemoryKeyRing | undefined;
}

export function composeLive(parts: LiveParts): { live: LivePath; load: LoadGuard } {
  const { config, route, models, figures, clock, logger, health, keys } = parts;
  const load = new LoadGuard(config);
  load.start();
  const live = new LivePath(route, models, new DescribeModel(models), decidePathOf(parts), clock, logger, {
    maxBodyBytes,
    load,
    patience,
    shed: (reason) => figures.shed(reason),
    admit: keys && admitProducers(keys, clock.nowMs),
    ready: () => health.ready().ok,
    newId,
    refused: (status) => figures.refused(status),
  });
  return { live, load };
}

function decidePathOf({ config, models, journal, figures, clock }: LiveParts): DecidePath {
  const log = new JournalDecisionLog(journal, config.router);
  const decisions = new DecidePrediction(models, log, figures, clock, config);
  return new DecidePath(decisions, new ReportServed(models, log, figures, clock, config), newId);
}
