// Serves one version: `node dist/serve.js --version v1 --port 9111 [--host 127.0.0.1]`.
import { parseArgs } from 'node:util';
import { readCatalogue } from './catalogue';
import { recommenderOf, versionNames } from './recommenders';
import { startServer } from './server';

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { version: text, port: text, host: text } });
  const version = versionNames.find((name) => name === (values.version ?? process.env['WEIR_EXAMPLE_VERSION']));
  const port = Number(values.port ?? process.env['PORT']);
  if (!version) throw new Error(`--version takes one of ${versionNames.join(', ')}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('--port takes a number from 0 (any free one) to 65535');
  const serving = { version, recommend: recommenderOf(version, readCatalogue()) };
  const server = await startServer(serving, { port, host: values.host ?? process.env['HOST'] ?? '127.0.0.1' });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  console.log(JSON.stringify({ level: 'info', msg: `recommender ${version} is ready`, url: server.url }));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
