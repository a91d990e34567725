// Makes the database and the topics what the collector needs, and ends.
import { createLogger, migrateLedgerService, runMain } from '@weir/service';
import { settingsOf } from './adapters/infrastructure';
import { PostgresDays } from './adapters/postgres/days';
import { group, readConfig } from './config';

void runMain(createLogger(`${group}-migrate`), () => {
  const config = readConfig(process.env);
  return migrateLedgerService(settingsOf(config), (dataSource) =>
    new PostgresDays(dataSource, config.retentionDays, () => Date.now()).prepare(),
  );
});
