// Serves one version of the spam filter: `node dist/serve.js --version v1 --port 9101 [--host 127.0.0.1]`.
import { parseArgs } from 'node:util';
import { loadVersion, type VersionName, versionNames } from './model/versions';
import { startModelServer } from './server/model-server';
import { warmUp } from './server/warm-up';

const model = 'spam-filter';

/** Between saying that it is not ready and closing the door, so that callers on their way are still let in. */
const lameDuckMs = 500;

async function main(): Promise<void> {
  const { version, port, host } = readArguments();
  const classify = loadVersion(version);
  let ready = false;
  const server = await startModelServer({ model, version, classify, ready: () => ready }, { port, host });
  const stop = () => {
    ready = false;
    setTimeout(() => void server.drain().then(() => process.exit(0)), lameDuckMs);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await warmUp(server.url, model);
  ready = true;
  console.log(JSON.stringify({ level: 'info', msg: `${model} ${version} is ready`, url: server.url }));
}

function readArguments(): { version: VersionName; port: number; host: string } {
  const { values } = parseArgs({
    options: { version: { type: 'string' }, port: { type: 'string' }, host: { type: 'string' } },
  });
  const version = versionNames.find((name) => name === (values.version ?? process.env['WEIR_EXAMPLE_VERSION']));
  const port = Number(values.port ?? process.env['PORT']);
  if (!version) throw new Error(`--version takes one of ${versionNames.join(', ')}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('--port takes a number from 0 (any free one) to 65535');
  return { version, port, host: values.host ?? process.env['HOST'] ?? '127.0.0.1' };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
