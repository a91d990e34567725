// Makes the database and the topics what the allocator needs, and ends.
import { ensureTopics } from '@weir/bus';
import { topicPlans } from '@weir/contracts';
import { createLogger, runMain, runMigrations } from '@weir/service';
import { openDatabase } from './adapters/infrastructure';
import { group, readConfig } from './config';

void runMain(createLogger(`${group}-migrate`), async () => {
  const config = readConfig(process.env);
  const logger = createLogger(`${group}-migrate`, config.logLevel);
  const dataSource = await openDatabase(config, logger);
  try {
    const migrations = await runMigrations(dataSource);
    const { kafkaBrokers: brokers, topicPrefix } = config;
    await ensureTopics({ brokers, clientId: group, topicPrefix, logger }, topicPlans);
    logger.info({ migrations }, 'migrated');
  } finally {
    await dataSource.destroy();
  }
});
