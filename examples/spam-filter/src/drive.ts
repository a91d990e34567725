// The parts of a drive, put together: clients, traffic, and the two ways to go, once to the end or on for ever.
import { type BusOptions } from '@weir/bus';
import { CollectorClient } from './books/collector-client';
import { readCorpus, splitCorpus } from './corpus';
import { modelName } from './rollout/begin-rollout';
import { ControllerClient } from './rollout/controller-client';
import { type Settings } from './settings';
import { RouterClient } from './traffic/ask-router';
import { OutcomeReporter } from './traffic/outcome-reporter';
import { planTraffic } from './traffic/plan-traffic';
import { KafkaRequester } from './traffic/request-over-kafka';
import { Traffic } from './traffic/traffic';

export interface Drive {
  readonly settings: Settings;
  readonly controller: ControllerClient;
  readonly collector: CollectorClient;
  readonly router: RouterClient;
  readonly outcomes: OutcomeReporter;
  readonly traffic: Traffic;
  readonly bus: BusOptions | undefined;
  close(): Promise<void>;
}

const patienceMs = 60_000;

export function assembleDrive(settings: Settings): Drive {
  const { apiKey, once, seed, ratePerSecond } = settings;
  const producerKey = settings.producerAuth ? apiKey : undefined;
  const bus = settings.kafka && { ...settings.kafka, clientId: 'example-spam-filter' };
  const router = new RouterClient({ routers: settings.routers, model: modelName, apiKey: producerKey, patienceMs });
  const kafka = bus && new KafkaRequester(bus, modelName, patienceMs);
  const outcomes = new OutcomeReporter({ collector: settings.collector, apiKey: producerKey });
  const mails = splitCorpus(readCorpus()).heldOut;
  const plan = planTraffic({ mails, seed, ratePerSecond });
  return {
    settings,
    controller: new ControllerClient({ controller: settings.controller, apiKey, patienceMs }),
    collector: new CollectorClient(settings.collector, apiKey),
    router,
    outcomes,
    traffic: new Traffic({ plan, router, kafka, outcomes, rememberIds: once }),
    bus,
    close: async () => {
      await router.close();
      await kafka?.close();
    },
  };
}
