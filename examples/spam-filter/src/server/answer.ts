// What the server says, as values: no sockets here. Paths and bodies of the Open Inference Protocol, version 2, REST.
import { labelOf } from '../model/evaluate';
import { type Classify } from '../model/versions';
import { BadRequest, parseInferRequest } from './infer-request';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Served {
  readonly model: string;
  readonly version: string;
  readonly classify: Classify;
  /** False until the model is warm, and again while the server drains. */
  readonly ready: () => boolean;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export function answer(served: Served, asked: Asked): Answer {
  const path = (asked.path.split('?', 1)[0] ?? '').replace(/\/+$/, '');
  const model = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/.exec(path);
  if (model) return answerForModel(served, asked, { name: model[1] ?? '', version: model[2], call: model[3] });
  if (!['/v2', '/v2/health/live', '/v2/health/ready'].includes(path)) return failure(404, `there is no ${path || '/'}`);
  if (asked.method !== 'GET') return failure(405, `${path} answers GET only`);
  if (path === '/v2') return ok({ name: 'weir-example-spam-filter', version: '0.1.0', extensions: [] });
  return path === '/v2/health/live' ? ok({ live: true }) : readiness(served, { ready: served.ready() });
}

interface Target {
  readonly name: string;
  readonly version: string | undefined;
  readonly call: string | undefined;
}

function answerForModel(served: Served, asked: Asked, { name, version, call }: Target): Answer {
  if (name !== served.model) return failure(404, `there is no model ${name}`);
  if (version !== undefined && version !== served.version)
    return failure(404, `model ${name} has no version ${version}`);
  if (asked.method !== (call === 'infer' ? 'POST' : 'GET')) return failure(405, `${asked.method} is not answered here`);
  if (call === 'infer') return infer(served, asked.body);
  return call === 'ready' ? readiness(served, { name, ready: served.ready() }) : ok(metadata(served));
}

function metadata({ model, version }: Served): unknown {
  return {
    name: model,
    versions: [version],
    platform: 'weir-example',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'score', datatype: 'FP64', shape: [-1] },
    ],
  };
}

function infer(served: Served, body: string): Answer {
  try {
    const { id, mails, shape, outputs } = parseInferRequest(parseJson(body));
    const scores = mails.map((mail) => served.classify(mail));
    const tensors = {
      label: { name: 'label', datatype: 'BYTES', shape, data: scores.map((score) => labelOf(score)) },
      score: { name: 'score', datatype: 'FP64', shape, data: scores },
    };
    return ok({
      model_name: served.model,
      model_version: served.version,
      ...(id !== undefined && { id }),
      outputs: outputs.map((name) => tensors[name]),
    });
  } catch (error) {
    return failure(error instanceof BadRequest ? 400 : 500, error instanceof Error ? error.message : String(error));
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new BadRequest('the body is not JSON');
  }
}

function readiness({ ready }: Served, body: unknown): Answer {
  return { status: ready() ? 200 : 503, body };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function failure(status: number, error: string): Answer {
  return { status, body: { error } };
}
