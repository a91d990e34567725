// The one-shot before the controller: tables, and topics as the plan has them. Safe to run again, and by several at once.
import 'reflect-metadata';
import { ensureTopics } from '@weir/bus';
import { topicPlans } from '@weir/contracts';
import { createDataSource, createLogger, loadConfig, runMain, runMigrations } from '@weir/service';
import { migrations } from './adapters/start';
import { configSchema } from './config';

const logger = createLogger('rollout-controller-migrate');

async function migrate(): Promise<void> {
  const config = loadConfig(configSchema, process.env);
  const dataSource = await createDataSource({
    ...config.database,
    migrations,
    applicationName: 'rollout-controller-migrate',
  });
  try {
    const ran = await runMigrations(dataSource);
    await ensureTopics({ ...config.bus, logger }, topicPlans);
    logger.info({ migrations: ran, topics: topicPlans.length }, 'migrated');
  } finally {
    await dataSource.destroy();
  }
}

void runMain(logger, migrate);
