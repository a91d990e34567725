// The controller's use cases on a real Postgres without anything that moves by itself, and a way to end at any statement.
import { type Evidence, modelManifest, rolloutManifest } from '@weir/contracts';
import { createDataSource, runMigrations } from '@weir/service';
import { buildEvidence, FixedClock, required, temporarySchema } from '@weir/testing';
import { type DataSource, type EntityManager } from 'typeorm';
import { AdvanceRollout, type Command } from '../advance-rollout';
import { type Rollout } from '../domain/rollout';
import { JudgeRollouts } from '../judge-rollouts';
import { RollInstances, type Hands } from '../roll-instances';
import { type Caller } from '../ports';
import { PutModel } from '../put-model';
import { SubmitRollout } from '../submit-rollout';
import { PostgresEvidence, PostgresRouters } from './postgres/postgres-evidence';
import { PostgresStore } from './postgres/postgres-store';
import { migrations } from './start';
import { machineChance } from './surroundings';

export class Killed extends Error {}

/** What stands in the tables: one line each move. */
export interface Effects {
  readonly revision: number;
  readonly audited: number;
  readonly policies: number;
  readonly announced: number;
  readonly stable: string;
}

const caller: Caller = { id: 'ann', name: 'ann' };
const egress = { profile: 'local', allow: [] } as const;

export class MortalController {
  readonly clock = new FixedClock('2026-11-23T12:00:00.000Z');
  /** Statements of a transaction until the end comes; Infinity: never. */
  private statementsLeft = Infinity;
  private endAfter: 'nothing' | 'the last statement' | 'the commit' = 'nothing';
  private readonly store: PostgresStore;
  private readonly judge: JudgeRollouts;
  private readonly advance: AdvanceRollout;
  private window = 0;
  /** What green is not ready with. */
  unready: readonly string[] = [];

  private constructor(
    private readonly dataSource: DataSource,
    private readonly dropSchema: () => Promise<void>,
  ) {
    this.store = new PostgresStore(this.mortal(), () => this.endIf('the commit'));
    const clock = { now: this.clock.iso };
    this.advance = new AdvanceRollout(clock, machineChance);
    const watch = { saw: () => undefined, only: () => undefined };
    this.judge = new JudgeRollouts(this.store, clock, this.advance, watch, { of: () => this.unready });
  }

  static async start(env: NodeJS.ProcessEnv): Promise<MortalController> {
    const url = required('DATABASE_URL', env);
    const schema = await temporarySchema(url, 'crashes');
    const shared = { applicationName: 'spec', poolSize: 2 };
    const dataSource = await createDataSource({ url, schema: schema.name, migrations, ...shared });
    await runMigrations(dataSource);
    return new MortalController(dataSource, () => schema.drop());
  }

  async stop(): Promise<void> {
    await this.dataSource.destroy();
    await this.dropSchema();
  }

  submit(model: string, canary: object): Promise<Rollout> {
    return this.begin(model, { v1: [9_101], v2: [9_102] }, { canary });
  }

  /** Of three instances, one at a time. */
  submitRolling(model: string): Promise<Rollout> {
    const rolling = { minReady: '1s', deadline: '1m', updater: { manual: {} } };
    return this.begin(model, { v1: [9_001, 9_002, 9_003], v2: [] }, { rolling });
  }

  /** Approved by a person, and kept for a moment. */
  submitBlueGreen(model: string): Promise<Rollout> {
    const blueGreen = { preview: '5s', bake: '5s', keepBlue: '5s', approve: true };
    return this.begin(model, { v1: [9_001], v2: [9_002] }, { blueGreen });
  }

  /** One look at the instances, by a process that has just begun. */
  async roll(id: string, hands: Hands): Promise<void> {
    const rolls = new RollInstances(this.store, { now: this.clock.iso }, this.advance, hands);
    for (const work of await rolls.step(id)) await rolls.work(work);
  }

  async hear(router: string, model: string, revision: number): Promise<void> {
    const models = { [model]: { revision, source: 'live' as const } };
    const at = this.clock.iso();
    await new PostgresRouters(this.dataSource.manager).hear({ router, state: 'serving', models, at }, Date.parse(at));
  }

  /** The process ends there, if it comes there at all. */
  end(
    moment: 'a statement' | 'the last statement' | 'the commit',
    statement: number,
    work: () => Promise<unknown>,
  ): Promise<boolean> {
    return moment === 'a statement' ? this.killedAt(statement, work) : this.killedAfter(moment, work);
  }

  async trail(id: string): Promise<string[]> {
    const lines = await this.store.read.audit.ofRollout(id);
    return lines.map(({ action, to, reason }) => `${action} ${to?.state} ${reason}`);
  }

  private async begin(model: string, ports: Record<string, number[]>, stage: object): Promise<Rollout> {
    const clock = { now: this.clock.iso };
    const versions = Object.fromEntries(
      Object.entries(ports).map(([version, all]) => [
        version,
        { instances: all.map((port) => `http://127.0.0.1:${port}`) },
      ]),
    );
    const manifest = modelManifest.parse({ stable: 'v1', versions });
    const rollout = rolloutManifest.parse({ model, candidates: ['v2'], stages: [stage] });
    await this.store.transaction((tx) => new PutModel(clock, machineChance, egress).put(tx, model, manifest, caller));
    const submission = await this.store.transaction((tx) =>
      new SubmitRollout(clock, machineChance, egress).submit(tx, rollout, caller),
    );
    return submission.rollout;
  }

  /** As the clock and the evidence do. */
  look(id: string): Promise<boolean> {
    return this.judge.look(id);
  }

  command(command: Command): Promise<Rollout> {
    return this.store.transaction((tx) => this.advance.command(tx, command, caller));
  }

  async applied(id: string): Promise<void> {
    await this.advance.applied(this.store, id, (await this.rollout(id)).revision);
  }

  /** A whole window of errors. */
  async evidence(id: string, units: Record<string, readonly [units: number, errors: number]>): Promise<void> {
    const { state } = await this.rollout(id);
    const index = (this.window += 1);
    const window = { index, from: this.clock.iso(), to: this.clock.iso(), rows: Object.keys(units).length };
    const at = 'at' in state && state.at ? state.at : { stage: 0, step: 0 };
    const place = { attempt: state.attempt, stage: at.stage, step: at.step, weights: { v1: 9_000, v2: 1_000 } };
    const rows: Evidence[] = Object.entries(units).map(([arm, [n, sum]]) => {
      const scope = { n, sum };
      const firsts = { once: scope, inPeriod: scope, newUnits: n };
      return buildEvidence({ rollout: id, ...place, arm, window, final: true, n, sum, ...firsts });
    });
    await new PostgresEvidence(this.dataSource.manager).upsert(rows);
  }

  async rollout(id: string): Promise<Rollout> {
    const found = await this.store.read.rollouts.find(id);
    if (!found) throw new Error(`no rollout ${id}`);
    return found;
  }

  async effects({ id, model }: Pick<Rollout, 'id' | 'model'>): Promise<Effects> {
    const { revision } = await this.rollout(id);
    const [row] = await this.dataSource.query<Omit<Effects, 'revision'>[]>(
      `select (select count(*)::int from audit where rollout = $1) as audited,
         (select count(*)::int from policy where model = $2) as policies,
         (select count(*)::int from bus_outbox) as announced,
         (select stable from model where name = $2) as stable`,
      [id, model],
    );
    if (!row) throw new Error('no effects');
    return { revision, ...row };
  }

  /** Does the work, ending at the given statement of it: 0 is the first. False where it was over before. */
  async killedAt(statement: number, work: () => Promise<unknown>): Promise<boolean> {
    this.statementsLeft = statement;
    return this.killed(work);
  }

  killedAfter(moment: 'the last statement' | 'the commit', work: () => Promise<unknown>): Promise<boolean> {
    this.endAfter = moment;
    return this.killed(work);
  }

  private async killed(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return false;
    } catch (error) {
      if (error instanceof Killed) return true;
      throw error;
    } finally {
      this.statementsLeft = Infinity;
      this.endAfter = 'nothing';
    }
  }

  private mortal(): DataSource {
    const { dataSource } = this;
    const transaction = <T>(work: (manager: EntityManager) => Promise<T>) =>
      dataSource.transaction(async (manager) => {
        const result = await work(this.mortalManager(manager));
        this.endIf('the last statement');
        return result;
      });
    return { manager: dataSource.manager, transaction } as unknown as DataSource;
  }

  private mortalManager(manager: EntityManager): EntityManager {
    const query = async (...call: Parameters<EntityManager['query']>): Promise<unknown> => {
      if (this.statementsLeft === 0) throw new Killed();
      this.statementsLeft -= 1;
      return manager.query(...call);
    };
    return { query } as unknown as EntityManager;
  }

  private endIf(moment: MortalController['endAfter']): void {
    if (this.endAfter === moment) throw new Killed();
  }
}
