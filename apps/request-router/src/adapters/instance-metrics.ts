// Figures of what keeps versions answering: instances by state, circuits that opened, retries. By version, never by instance.
import { type InstanceState, type VersionObserver } from '@weir/open-inference';
import { cappedLabel, type Metrics } from '@weir/service';

const perVersion = ['model', 'version'];

/** What a version's servers report to. */
export function instanceFigures(metrics: Metrics): (model: string, version: string) => VersionObserver {
  const openings = metrics.counter({
    name: 'weir_router_circuit_openings_total',
    help: 'Instances set aside for what calls have shown: no-answer (timeouts, broken connections) or errors (5xx).',
    labelNames: [...perVersion, 'by'],
  });
  const retries = metrics.counter({
    name: 'weir_router_retries_total',
    help: 'Calls whose first instance could not be reached: asked another (done), or not, for the budget was spent (refused).',
    labelNames: [...perVersion, 'outcome'],
  });
  const [modelLabel, versionLabel] = [cappedLabel(200), cappedLabel(500)];
  return (model, version) => {
    const labels = { model: modelLabel(model), version: versionLabel(version) };
    return {
      opened: (by) => openings.inc({ ...labels, by }),
      retried: (outcome) => retries.inc({ ...labels, outcome }),
    };
  };
}

/** How many instances are in which state, read when Prometheus asks. */
export function watchInstances(
  metrics: Metrics,
  instances: () => readonly { model: string; version: string; states: Record<InstanceState, number> }[],
): void {
  const gauge = metrics.gauge({
    name: 'weir_router_instances',
    help: 'Instances in service by state: ready, unready (by probe or refused connection), open (circuit).',
    labelNames: [...perVersion, 'state'],
    aggregator: 'average', // each worker of a router looks at all of them
    collect: () => {
      gauge.reset();
      const [modelLabel, versionLabel] = [cappedLabel(200), cappedLabel(500)];
      for (const { model, version, states } of instances())
        for (const [state, count] of Object.entries(states))
          gauge.inc({ model: modelLabel(model), version: versionLabel(version), state }, count);
    },
  });
}
