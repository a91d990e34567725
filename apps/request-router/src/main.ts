// The router's process.
import 'reflect-metadata';
import { createLogger, runMain } from '@weir/service';
import { bootRouter } from './boot-router';
import { readConfig } from './config';

const logger = createLogger('request-router');

void runMain(logger, async () => {
  const config = readConfig(process.env);
  logger.level = config.logLevel;
  await bootRouter(config, logger);
});
