// Metadata and readiness of a model, as the Open Inference Protocol has them: the server's, under Weir's names.
import { type Models, type ServedModel } from './ports';

export type Description =
  | { readonly status: 200; readonly body: Record<string, unknown> }
  | { readonly status: 404 | 503; readonly problem: string };

export class DescribeModel {
  constructor(private readonly models: Models) {}

  /** A model is ready when an instance of its stable is; a version when an instance of it is. */
  ready(name: string, version: string | undefined): Description {
    const found = this.find(name, version);
    if ('problem' in found) return found;
    const { model, of } = found;
    const problem = model.versions.get(of)?.servers.problem;
    if (problem === undefined) return { status: 200, body: { name, ready: true } };
    return { status: 503, problem: `${of} is not ready: ${problem}` };
  }

  /** Stable's metadata, or the version's; `versions` are Weir's. */
  async metadata(name: string, version: string | undefined): Promise<Description> {
    const found = this.find(name, version);
    if ('problem' in found) return found;
    const { model, of } = found;
    const target = model.versions.get(of);
    const timeoutMs = model.policy.timeoutMs;
    const answer = await target?.servers.call(
      { method: 'GET', path: target.modelPath, headers: [], body: null, timeoutMs },
      true,
    );
    if (answer?.kind !== 'answered' || answer.status !== 200)
      return { status: 503, problem: `${of} gives no metadata` };
    const metadata = readObject(answer.body);
    if (!metadata) return { status: 503, problem: `the metadata of ${of} is not a JSON object` };
    return { status: 200, body: { ...metadata, name, versions: Object.keys(model.policy.versions) } };
  }

  private find(
    name: string,
    version: string | undefined,
  ): { model: ServedModel; of: string } | (Description & { problem: string }) {
    const model = this.models.find(name);
    if (!model) return { status: 404, problem: `unknown model ${name}` };
    const of = version ?? model.policy.stable;
    if (!model.versions.has(of)) return { status: 404, problem: `unknown version ${of} of model ${name}` };
    return { model, of };
  }
}

function readObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
