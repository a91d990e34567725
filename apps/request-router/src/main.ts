// The router's process: alone, above workers, or one of them.
import 'reflect-metadata';
import { createLogger, runMain } from '@weir/service';
import { ownPlace } from './adapters/cluster/cluster-ports';
import { yieldToLoop } from './adapters/yield-to-loop';
import { bootRouter } from './boot-router';
import { bootWorker } from './boot-worker';
import { bootWorkers } from './boot-workers';
import { readConfig } from './config';

const place = ownPlace(process.env);
const logger = createLogger('request-router', 'info', undefined, place === undefined ? {} : { worker: place });

yieldToLoop();
void runMain(logger, async () => {
  const config = readConfig(process.env);
  logger.level = config.logLevel;
  if (place !== undefined) await bootWorker(config, logger, place);
  else if (config.workers > 1) await bootWorkers(config, logger);
  else await bootRouter(config, logger);
});
