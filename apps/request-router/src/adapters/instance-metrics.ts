// Figures of what keeps versions answering: instances by state, circuits that opened, retries. By version, never by instance.
import { type InstanceState, type VersionObserver } from '@weir/open-inference';
import { cappedLabel, PerVersion, registerTally, type Metrics } from '@weir/service';
import { type IsServed } from './prediction-tallies';

const perVersion = ['model', 'version'];

/** What a version's servers report to. */
export function instanceFigures(
  { registry }: Pick<Metrics, 'registry'>,
  isServed: IsServed,
): (model: string, version: string) => VersionObserver {
  const tallies = new PerVersion(
    () => ({ openings: { 'no-answer': 0, errors: 0 }, retries: { done: 0, refused: 0 } }),
    isServed,
  );
  const read = (what: 'openings' | 'retries', label: string) => () =>
    tallies
      .entries()
      .flatMap(({ labels, one }) =>
        Object.entries(one[what]).flatMap(([name, value]) =>
          value > 0 ? [{ labels: { ...labels, [label]: name }, value }] : [],
        ),
      );
  registerTally(registry, {
    type: 'counter',
    name: 'weir_router_circuit_openings_total',
    help: 'Instances set aside for what calls have shown: no-answer (timeouts, broken connections) or errors (5xx).',
    read: read('openings', 'by'),
  });
  registerTally(registry, {
    type: 'counter',
    name: 'weir_router_retries_total',
    help: 'Calls whose first instance could not be reached: asked another (done), or not, for the budget was spent (refused).',
    read: read('retries', 'outcome'),
  });
  return (model, version) => ({
    opened: (by) => void tallies.of(model, version).openings[by]++,
    retried: (outcome) => void tallies.of(model, version).retries[outcome]++,
  });
}

/** How many instances are in which state, read when Prometheus asks. */
export function watchInstances(
  metrics: Metrics,
  instances: () => readonly { model: string; version: string; states: Record<InstanceState, number> }[],
): void {
  const gauge = metrics.gauge({
    name: 'weir_router_instances',
    help: 'Instances in service by state: ready, unready (by probe or refused connection), open (circuit). Each worker has its own view of all: the most that one sees.',
    labelNames: [...perVersion, 'state'],
    aggregator: 'max', // each worker of a router looks at all of them, and an average would be nobody's view
    collect: () => {
      gauge.reset();
      const [modelLabel, versionLabel] = [cappedLabel(200), cappedLabel(500)];
      for (const { model, version, states } of instances())
        for (const [state, count] of Object.entries(states))
          gauge.inc({ model: modelLabel(model), version: versionLabel(version), state }, count);
    },
  });
}
