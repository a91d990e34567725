// Who asks instances by themselves, with the secrets that they ask for.
import { readFileSync } from 'node:fs';
import { EgressPolicy, trusting } from '@weir/open-inference';
import { Secrets, type Logger } from '@weir/service';
import { type ControllerConfig } from '../../config';
import { InstanceClient } from './instance-client';

export function instanceClientOf(
  { egress, secretsDirectory, secrets: environment, modelCaFile }: ControllerConfig,
  logger: Logger,
): { readonly client: InstanceClient; readonly secrets: Secrets } {
  const only = egress.allow.length > 0 ? egress.allow : undefined;
  const secrets = new Secrets({ directory: secretsDirectory, environment }, logger);
  const client = new InstanceClient({
    egress: new EgressPolicy({ allowLoopback: egress.profile === 'local', only }),
    trust: modelCaFile === undefined ? undefined : trusting(readFileSync(modelCaFile, 'utf8')),
    secret: (name) => secrets.value(name),
  });
  return { client, secrets };
}
