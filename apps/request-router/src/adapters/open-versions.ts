// Opens the servers of a version as its policy names them: addresses by the egress rules, secrets by name, certificates always verified.
import { readFileSync } from 'node:fs';
import { DirectModelServer, UndiciModelServer, VersionServers } from '@weir/open-inference';
import { EgressPolicy, guardedResolve, trusting, type VersionObserver } from '@weir/open-inference';
import { type Secrets } from '@weir/service';
import { type Config } from '../config';
import { type VersionTarget } from '../serve-models';

export function openVersions(
  config: Config,
  secrets: Pick<Secrets, 'value' | 'problem'>,
  observerOf: (model: string, version: string) => VersionObserver,
): (target: VersionTarget) => VersionServers {
  const egress = new EgressPolicy(config.egress);
  const { maxConnections: connections, maxPending, maxResponseBytes, modelCaFile } = config;
  const trust = modelCaFile === undefined ? undefined : trusting(readFileSync(modelCaFile, 'utf8'));
  const resolve = guardedResolve(egress);
  const Client = config.modelClient === 'direct' ? DirectModelServer : UndiciModelServer;
  return ({ model, version, server, auth }) => {
    const key = auth && { header: auth.header, value: () => secrets.value(auth.secretRef) };
    const open = (url: string, address?: string) =>
      new Client(url, { egress, connections, maxResponseBytes, address, trust, auth: key });
    const obstacle = auth && (() => secrets.problem(auth.secretRef));
    return new VersionServers(server, { open, resolve, obstacle, maxPending, observer: observerOf(model, version) });
  };
}
