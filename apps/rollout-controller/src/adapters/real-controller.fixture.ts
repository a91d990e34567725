// Controllers on the real Postgres and Kafka of the environment, in a schema and under a topic prefix of their own.
import { createProducer, ensureTopics, readCompacted, toRecord, type BusOptions, type Producer } from '@weir/bus';
import {
  policyApplied,
  policyPublished,
  topicPlans,
  type EventContract,
  type PolicyPublished,
  type Role,
} from '@weir/contracts';
import { createDataSource, loadConfig, runMigrations } from '@weir/service';
import { eventually } from '@weir/testing';
import { randomBytes } from 'node:crypto';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type DataSource } from 'typeorm';
import { configSchema } from '../config';
import { migrations, startController } from './start';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Answer<T = never> {
  readonly status: number;
  readonly body: [T] extends [never] ? Body : T;
  readonly headers: Headers;
}

/** What specs read of an answer. */
export interface Body {
  readonly [field: string]: unknown;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: { path: string; message: string }[];
  };
}

interface CallOptions {
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
  /** Which controller; the first by default. */
  readonly at?: number;
}

export class RealControllers {
  readonly published: PolicyPublished[] = [];
  private readonly closers: (() => Promise<void>)[] = [];

  private constructor(
    readonly apps: NestFastifyApplication[],
    readonly dataSource: DataSource,
    readonly producer: Producer,
    readonly adminKey: string,
    private readonly schema: string,
    private readonly env: Environment,
  ) {}

  static async start(env: Environment, { controllers = 1, extra = {} } = {}): Promise<RealControllers> {
    const suffix = randomBytes(4).toString('hex');
    const schema = `controller_${suffix}`;
    const adminKey = `weir_boot_${randomBytes(24).toString('hex')}`;
    const full = {
      ...env,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'fatal',
      WEIR_PROFILE: 'local',
      WEIR_DATABASE_SCHEMA: schema,
      WEIR_TOPIC_PREFIX: `ctl-${suffix}.`,
      WEIR_BOOTSTRAP_ADMIN_KEY: adminKey,
      ...extra,
    };
    const config = loadConfig(configSchema, full);
    const dataSource = await createDataSource({ ...config.database, migrations, applicationName: 'spec', poolSize: 3 });
    await runMigrations(dataSource);
    // a broker that is busy with others' topics may not know its own new ones at once
    await eventually(() => ensureTopics(config.bus, topicPlans).then(() => true), { timeoutMs: 30_000, everyMs: 500 });
    const apps: NestFastifyApplication[] = [];
    for (let index = 0; index < controllers; index += 1) apps.push(await startController(config));
    const running = new RealControllers(
      apps,
      dataSource,
      createProducer({ ...config.bus, lingerMs: 0 }),
      adminKey,
      schema,
      full,
    );
    await running.listen(config.bus);
    return running;
  }

  async call<T = never>(
    method: string,
    path: string,
    body?: unknown,
    { key, headers, at = 0 }: CallOptions = {},
  ): Promise<Answer<T>> {
    const isText = typeof body === 'string';
    const response = await fetch(`${this.url(at)}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key ?? this.adminKey}` }),
        ...(body === undefined ? {} : { 'content-type': isText ? 'application/yaml' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text ? JSON.parse(text) : undefined) as Answer<T>['body'],
      headers: response.headers,
    };
  }

  url(at = 0): string {
    const address = this.apps[at]?.getHttpServer().address();
    if (typeof address !== 'object' || !address) throw new Error(`controller ${at} does not listen`);
    return `http://127.0.0.1:${address.port}`;
  }

  async metrics(at = 0): Promise<string> {
    return (await fetch(`${this.url(at)}/metrics`)).text();
  }

  async send<T>(contract: EventContract<T>, event: T): Promise<void> {
    await this.producer.send([toRecord(contract, event)]);
  }

  /** As a router that says what it serves by. */
  applied(router: string, model: string, revision: number, state: 'serving' | 'stopping' = 'serving'): Promise<void> {
    const models = { [model]: { revision, source: 'live' as const } };
    return this.send(policyApplied, { router, state, at: new Date().toISOString(), models });
  }

  async roleKey(role: Role): Promise<string> {
    const { body } = await this.call<{ key: string }>('POST', '/api/v1/keys', { name: role, role });
    return body.key;
  }

  rows<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.dataSource.query<T[]>(sql, parameters);
  }

  /** One more controller beside the others, with some of its environment changed. */
  async another(changes: Record<string, string>): Promise<NestFastifyApplication> {
    const app = await startController(loadConfig(configSchema, { ...this.env, ...changes }));
    this.apps.push(app);
    return app;
  }

  /** The first controller ends and comes back. */
  async restart({ whileDown }: { whileDown?: () => Promise<void> } = {}): Promise<void> {
    await this.apps[0]?.close();
    await whileDown?.();
    this.apps[0] = await startController(loadConfig(configSchema, this.env));
  }

  /** That one ends and does not come back. */
  async end(app: NestFastifyApplication): Promise<void> {
    this.apps.splice(this.apps.indexOf(app), 1);
    await app.close();
  }

  async stop(): Promise<void> {
    for (const close of this.closers) await close();
    for (const app of this.apps) await app.close();
    await this.producer.close();
    await this.dataSource.query(`drop schema "${this.schema}" cascade`);
    await this.dataSource.destroy();
  }

  private async listen(bus: BusOptions): Promise<void> {
    const policies = await readCompacted(bus, policyPublished, (event) => event && this.published.push(event));
    await policies.caughtUp;
    this.closers.push(() => policies.close());
  }
}
