// The rollout controller over HTTP.
import { exitCodes } from '../exit-codes';
import { CommandFailed, type Answer, type Controller } from '../ports';

const timeoutMs = 30_000;

export class HttpController implements Controller {
  constructor(
    private readonly url: string,
    private readonly apiKey: string | undefined,
  ) {}

  async call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const response = await this.send(method, path, body);
    const text = await response.text();
    try {
      return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    } catch {
      throw new CommandFailed(exitCodes.away, `${this.url} answered ${response.status} with what is no JSON`);
    }
  }

  private async send(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(`${this.url.replace(/\/+$/, '')}${path}`, {
        method,
        headers: {
          ...(this.apiKey !== undefined && { authorization: `Bearer ${this.apiKey}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch {
      throw new CommandFailed(exitCodes.away, `the controller could not be reached at ${this.url}`);
    }
  }
}
