// The controller as a process.
import 'reflect-metadata';
import { createLogger, loadConfig, runMain } from '@weir/service';
import { startController } from './adapters/start';
import { configSchema } from './config';

void runMain(createLogger('rollout-controller'), () => startController(loadConfig(configSchema, process.env)));
