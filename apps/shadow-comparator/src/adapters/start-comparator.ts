// Composes and boots one comparator.
import { followPolicies, KafkaBatchServer } from '@weir/bus';
import { readFileSync } from 'node:fs';
import {
  DirectModelServer,
  EgressPolicy,
  guardedResolve,
  trusting,
  UndiciModelServer,
  VersionServers,
} from '@weir/open-inference';
import { bootService, openLedgerService, Secrets, type Metrics, type Service } from '@weir/service';
import { AppModule } from '../app.module';
import { group, type ComparatorConfig } from '../config';
import { composeUseCases, defaultLiveLagMs } from './compose-use-cases';
import { errorStatuses } from './http/errors';
import { settingsOf } from './infrastructure';
import { ShadowServers } from './shadow-servers';

/** A transaction costs as much for one record as for fifty: at low rates records wait for company, 200 ms at most. */
const gatherBytes = 128 * 1024;

const clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };

export async function startComparator(
  config: ComparatorConfig,
  overrides: Pick<Service, 'process'> = {},
): ReturnType<typeof bootService> {
  const infrastructure = await openLedgerService(settingsOf(config));
  const { bus, dataSource, ledger, relay, logger, metrics, health, busMetrics } = infrastructure;
  const secrets = new Secrets({ directory: config.secretsDirectory, environment: config.secrets }, logger);
  secrets.start();
  const shadows = shadowsOf(config, secrets, metrics);
  const { maxAgeMs, chunkBudgetMs, retentionDays } = config;
  const wake = () => relay.wake();
  const bounds = { maxAgeMs, chunkBudgetMs, liveLagMs: defaultLiveLagMs, retentionDays };
  const cases = composeUseCases({ ...clock, ...bounds, dataSource, ledger, shadows, wake });
  await cases.policies.restore();
  const reader = await followPolicies({ ...bus, logger }, (policy) => cases.policies.follow(policy), health);
  const close = async (): Promise<void> => {
    await reader.close();
    secrets.stop();
    await shadows.close();
    await infrastructure.close();
  };
  const consumer = new KafkaBatchServer({ ...bus, group, ledger, logger, metrics: busMetrics, gatherBytes });
  return bootService({
    ...{ name: group, config, logger, metrics, health, errorStatuses, ...overrides },
    module: AppModule.with(config, infrastructure, cases, close),
    strategy: [consumer],
    liveness: () => consumer.liveness(),
  });
}

function shadowsOf(config: ComparatorConfig, secrets: Secrets, metrics: Metrics): ShadowServers {
  const { concurrency, liveConcurrency, ratePerSecond, modelCaFile } = config;
  const Client = config.modelClient === 'direct' ? DirectModelServer : UndiciModelServer;
  const egress = new EgressPolicy(config.egress);
  const calls = metrics.counter({
    name: 'weir_comparator_calls_total',
    help: 'Calls of shadows, by what came of them',
    labelNames: ['version', 'result'],
  });
  const trust = modelCaFile === undefined ? undefined : trusting(readFileSync(modelCaFile, 'utf8'));
  const connections = Math.max(concurrency, liveConcurrency);
  return new ShadowServers({
    ...{ concurrency, liveConcurrency, ratePerSecond, steadyMs: clock.steadyMs },
    open: ({ model, auth }) => {
      const key = auth && { header: auth.header, value: () => secrets.value(auth.secretRef) };
      const open = (url: string, address?: string) =>
        new Client(url, { egress, address, connections, trust, auth: key });
      const obstacle = auth && (() => secrets.problem(auth.secretRef));
      return new VersionServers(model, { open, resolve: guardedResolve(egress), obstacle });
    },
    asked: (version, answer) => calls.inc({ version, result: answer.kind === 'failed' ? answer.cause : answer.kind }),
  });
}
