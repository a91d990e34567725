// Makes the database and the topics what the allocator needs, and ends.
import { createLogger, migrateLedgerService, runMain } from '@weir/service';
import { settingsOf } from './adapters/infrastructure';
import { group, readConfig } from './config';

void runMain(createLogger(`${group}-migrate`), () => migrateLedgerService(settingsOf(readConfig(process.env))));
