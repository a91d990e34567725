// Instant queries to the HTTP API of a Prometheus, or of anything that speaks it, under the egress rules of model URLs.
import { UndiciModelServer, type EgressPolicy, type ModelAnswer } from '@weir/open-inference';
import { z } from 'zod';
import { numberOf, type Answer } from '../domain/reading';
import { type Prometheus } from '../ports';

export interface PrometheusOptions {
  readonly egress: EgressPolicy;
  /** Counts askings by `result`. */
  readonly counter: { inc(labels: { result: Answer['kind'] }): void };
  /** Until the whole answer is there. Default 5000. */
  readonly timeoutMs?: number;
}

/** One number is asked for: what has more bytes is none. */
const maxResponseBytes = 1024 ** 2;

const sample = z.tuple([z.number(), z.string()]);
const succeeded = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample.optional() })) }),
    z.object({ resultType: z.literal('matrix') }),
    z.object({ resultType: z.literal('string') }),
  ]),
});
const refused = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

export class PrometheusClient implements Prometheus {
  constructor(private readonly options: PrometheusOptions) {}

  /** @param url base URL; the API is at `api/v1/query` below it. */
  async ask(url: string, query: string): Promise<Answer> {
    const { egress, counter, timeoutMs = 5_000 } = this.options;
    const server = new UndiciModelServer(url, { egress, connections: 1, maxResponseBytes });
    const headers = ['content-type', 'application/x-www-form-urlencoded', 'accept', 'application/json'];
    const body = Buffer.from(new URLSearchParams({ query }).toString());
    const answer = readAnswer(await server.call({ method: 'POST', path: '/api/v1/query', headers, body, timeoutMs }));
    void server.close().catch(() => undefined); // what is left of a connection is nobody's concern
    counter.inc({ result: answer.kind });
    return answer;
  }
}

function readAnswer(answer: ModelAnswer): Answer {
  if (answer.kind === 'failed') return failed(answer.detail);
  const body = parseJson(answer.body);
  const refusal = refused.safeParse(body);
  if (refusal.success) return failed(`${refusal.data.errorType}: ${refusal.data.error}`);
  if (answer.status !== 200) return failed(`status ${answer.status}`);
  const read = succeeded.safeParse(body);
  return read.success ? numberIn(read.data.data) : failed('the answer is not of the Prometheus API');
}

function numberIn(data: z.infer<typeof succeeded>['data']): Answer {
  switch (data.resultType) {
    case 'scalar':
      return number(data.result[1]);
    case 'vector': {
      const [only, ...others] = data.result;
      if (!only) return { kind: 'no-data' };
      if (others.length > 0) return failed(`${data.result.length} series, where the query must give one`);
      return only.value ? number(only.value[1]) : failed('a histogram, where the query must give a number');
    }
    case 'matrix':
    case 'string':
      return failed(`a ${data.resultType}, where the query must give a number`);
  }
}

function number(text: string): Answer {
  if (text === 'NaN') return { kind: 'no-data' };
  return Number.isNaN(numberOf(text)) ? failed('the value is not a number') : { kind: 'number', value: text };
}

/** What stands in verdicts and trails stays short. */
function failed(detail: string): Answer {
  return { kind: 'error', detail: detail.slice(0, 300) };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
