// Starts the outcome collector.
import 'reflect-metadata';
import { createLogger, runMain } from '@weir/service';
import { startCollector } from './adapters/start-collector';
import { group, readConfig } from './config';

void runMain(createLogger(group), () => startCollector(readConfig(process.env)));
