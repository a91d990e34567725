// The router's own figures. Labels come from the policies in force, never from callers, and go with their versions.
import { PerVersion, registerTally, type Metrics } from '@weir/service';
import { type DecisionObserver, type Observer } from '../ports';
import { type ShedReason } from './http/load-guard';
import { predictionTallies, type IsServed } from './prediction-tallies';

type Figures = Pick<Observer, 'predicted'> &
  DecisionObserver & {
    refused(status: number): void;
    shed(reason: ShedReason): void;
    replyFailed(): void;
  };

export function routerMetrics(metrics: Metrics, isServed: IsServed): Figures {
  const replies = metrics.counter({
    name: 'weir_router_reply_failures_total',
    help: 'Answers that could not be copied to a reply topic.',
  });
  return {
    predicted: predictionTallies(metrics, isServed),
    ...decisionFigures(metrics, isServed),
    ...refusalFigures(metrics),
    replyFailed: () => replies.inc(),
  };
}

/** Refusing must cost next to nothing: plain counts, too. */
function refusalFigures({ registry }: Metrics): Pick<Figures, 'refused' | 'shed'> {
  const [statuses, reasons] = [new Map<number, number>(), new Map<ShedReason, number>()];
  registerTally(registry, {
    type: 'counter',
    name: 'weir_router_refused_total',
    help: "Weir's own refusals by status.",
    read: () => [...statuses].map(([status, value]) => ({ labels: { status: String(status) }, value })),
  });
  registerTally(registry, {
    type: 'counter',
    name: 'weir_router_shed_total',
    help: 'Calls refused for want of room: predictions under way, bytes held, the event loop behind.',
    read: () => [...reasons].map(([reason, value]) => ({ labels: { reason }, value })),
  });
  return {
    refused: (status) => void statuses.set(status, (statuses.get(status) ?? 0) + 1),
    shed: (reason) => void reasons.set(reason, (reasons.get(reason) ?? 0) + 1),
  };
}

function decisionFigures({ registry }: Metrics, isServed: IsServed): DecisionObserver {
  const decisions = new PerVersion(() => ({ count: 0 }), isServed);
  const reports = new Map<string, number>();
  registerTally(registry, {
    type: 'counter',
    name: 'weir_router_decisions_total',
    help: 'Decisions for callers that call the model themselves.',
    read: () => decisions.entries().map(({ labels, one }) => ({ labels, value: one.count })),
  });
  registerTally(registry, {
    type: 'counter',
    name: 'weir_router_reports_total',
    help: 'Reports of such callers, repeated ones included.',
    read: () => {
      for (const model of reports.keys()) if (!isServed(model)) reports.delete(model);
      return [...reports].map(([model, value]) => ({ labels: { model }, value }));
    },
  });
  return {
    decided: (model, version) => void decisions.of(model, version).count++,
    reported: (model) => void reports.set(model, (reports.get(model) ?? 0) + 1),
  };
}
