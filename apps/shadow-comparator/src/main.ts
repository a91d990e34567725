// Starts the shadow comparator.
import 'reflect-metadata';
import { createLogger, runMain } from '@weir/service';
import { startComparator } from './adapters/start-comparator';
import { group, readConfig } from './config';

void runMain(createLogger(group), () => startComparator(readConfig(process.env)));
