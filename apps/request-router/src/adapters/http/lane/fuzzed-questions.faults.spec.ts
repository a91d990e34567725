// The lane's reader against Node's own, on many generated questions. Size: WEIR_FUZZ_QUESTIONS (default 10,000,000); WEIR_FUZZ_SEED gives others.
import { randomOf } from '@weir/testing';
import { CompareWithNode } from './compare-with-node.fixture';

const questions = Number(process.env['WEIR_FUZZ_QUESTIONS'] ?? 10_000_000);
const seed = Number(process.env['WEIR_FUZZ_SEED'] ?? 20261123);
const batch = 1_000;

it('fuzzed-questions: what the lane takes it reads as Node would, byte for byte', async () => {
  const compared = new CompareWithNode();
  const random = randomOf(seed);
  const { tally } = compared;
  while (tally.questions < questions && tally.faults.length === 0) await compared.compare(random, batch);
  const { faults, ...counts } = tally;
  console.info(`figure fuzzed-questions, seed ${seed}: ${JSON.stringify({ ...counts, faults: faults.length })}`);
  expect(faults).toEqual([]);
});
