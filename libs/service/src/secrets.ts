// Values that model servers ask for, by the names that policies give them: from a folder of files, or from the environment.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger } from './logger';

export interface SecretSources {
  /** A file for each secret, named as the secret; undefined: there are none. */
  readonly directory: string | undefined;
  /** By their variables' names, WEIR_SECRET_<NAME>: upper case, `_` for whatever else is no letter or digit. */
  readonly environment: Readonly<Record<string, string>>;
}

type Known =
  { readonly value: string; readonly problem?: never } | { readonly problem: string; readonly value?: never };

const refreshMs = 5_000;

/** No value is ever logged, only names. A file that changes is read again within five seconds. */
export class Secrets {
  private readonly known = new Map<string, Known>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sources: SecretSources,
    private readonly logger: Logger,
  ) {}

  /** A header's value; undefined: see the problem. */
  value(name: string): string | undefined {
    return this.find(name).value;
  }

  /** In a few words, with the secret's name; undefined where there is a value. */
  problem(name: string): string | undefined {
    return this.find(name).problem;
  }

  /** Looks again at the files of those that were asked for. */
  async refresh(): Promise<void> {
    const { directory } = this.sources;
    if (directory === undefined) return;
    for (const name of this.known.keys()) {
      const text = await readFile(join(directory, name), 'utf8').catch(() => undefined);
      this.learn(name, text);
    }
  }

  start(): void {
    this.timer = setTimeout(() => void this.refresh().finally(() => this.timer && this.start()), refreshMs);
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private find(name: string): Known {
    return this.known.get(name) ?? this.learn(name, this.fileOf(name));
  }

  private fileOf(name: string): string | undefined {
    const { directory } = this.sources;
    try {
      return directory === undefined ? undefined : readFileSync(join(directory, name), 'utf8');
    } catch {
      return undefined; // the environment may have it
    }
  }

  private learn(name: string, file: string | undefined): Known {
    const before = this.known.get(name);
    const now = judge(name, file?.replace(/[\r\n]+$/, '') ?? this.sources.environment[variableOf(name)]);
    this.known.set(name, now);
    if (now.problem !== undefined && now.problem !== before?.problem)
      this.logger.error({ secret: name }, `${now.problem}; what needs it is not ready`);
    else if (now.problem === undefined && before?.problem !== undefined)
      this.logger.info({ secret: name }, 'the secret is there');
    return now;
  }
}

function variableOf(name: string): string {
  return `WEIR_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

function judge(name: string, value: string | undefined): Known {
  if (value === undefined || value === '') return { problem: `the secret ${name} is missing` };
  if (value.length > 8_192 || !/^[\t\x20-\x7e\x80-\xff]+$/.test(value))
    return { problem: `the secret ${name} is not what a header can hold` };
  return { value };
}
