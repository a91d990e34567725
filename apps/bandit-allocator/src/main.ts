// Starts the bandit allocator.
import 'reflect-metadata';
import { createLogger, runMain } from '@weir/service';
import { startAllocator } from './adapters/start-allocator';
import { group, readConfig } from './config';

void runMain(createLogger(group), () => startAllocator(readConfig(process.env)));
