// Units whose sides had a row each, brought into one.
import { ModelServer } from '@weir/testing';
import { ComparatorUnderTest, served, total } from '../../../comparator.fixture';
import { fromUnitText } from '../unit-text';
import { UnitsBySide1763917200000 } from './units-by-side';

let comparator: ComparatorUnderTest;
let shadow: ModelServer;

beforeEach(async () => {
  shadow = await ModelServer.start({ name: 'v2', label: 'spam' });
  comparator = await ComparatorUnderTest.open();
});

afterEach(async () => {
  await comparator.close();
  await shadow.stop();
});

const units = async () => {
  const rows = await comparator.dataSource.query<{ unit: string; state: string }[]>(
    'select unit, state::text as state from units order by unit',
  );
  return rows.map(({ unit, state }) => ({ unit, sides: fromUnitText(state) }));
};
const tenUnits = () => Array.from({ length: 30 }, (_, index) => served({ unit: `unit ${index % 10}` }));

it('are the same units, to and fro, and are counted on', async () => {
  comparator.follow([shadow.url]);
  await comparator.compare(tenUnits());
  const one = await units();
  expect(one).toHaveLength(10);
  const runner = comparator.dataSource.createQueryRunner();
  const migration = new UnitsBySide1763917200000();
  await migration.down(runner);
  const before = await comparator.dataSource.query<{ unit: string }[]>('select unit from units order by unit');
  expect(before).toHaveLength(20);
  expect(before[0]?.unit).toBe('v1 beside v2 unit 0');
  await migration.up(runner);
  await runner.release();
  expect(await units()).toEqual(one);

  const after = await comparator.beside();
  after.follow([shadow.url]);
  await after.compare(tenUnits());
  await after.close();
  const rows = await comparator.evidence();
  expect(total(rows, 'agreement', { output: undefined })).toEqual({ n: 60, sum: 60 });
  const agreement = rows.filter(({ metric, output }) => metric === 'agreement' && output === undefined);
  expect(agreement.reduce((sum, { once }) => sum + once.n, 0)).toBe(10);
});
