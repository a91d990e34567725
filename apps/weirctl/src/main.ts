// weirctl: orders and questions to a rollout controller, from a terminal.
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpController } from './adapters/http-controller';
import { runCli } from './cli';

const { WEIR_CONTROLLER = 'http://127.0.0.1:8082', WEIR_API_KEY } = process.env;

void runCli(process.argv.slice(2), {
  controller: new HttpController(WEIR_CONTROLLER, WEIR_API_KEY),
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  sleep: (ms) => sleep(ms),
}).then((exitCode) => {
  process.exitCode = exitCode;
});
