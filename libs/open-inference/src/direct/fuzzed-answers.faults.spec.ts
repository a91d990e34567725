// Our client against undici: ten million generated answers at the level of the bytes, and some hundred thousand over real sockets.
// Sizes: WEIR_FUZZ_ANSWERS (default 10,000,000), WEIR_FUZZ_CALLS (200,000); WEIR_FUZZ_SEED (20261123) gives other answers.
import { randomOf } from '@weir/testing';
import { EgressPolicy } from '../egress-policy';
import { type ModelAnswer, type ModelCall } from '../model-server';
import { UndiciModelServer } from '../undici-model-server';
import { compareAnswers, compareReadings, isMeant, newTally, type Tally } from './compare-readings.fixture';
import { DirectModelServer } from './direct-model-server';
import { AnswerGenerator } from './generated-answers.fixture';
import { LlhttpOracle } from './llhttp-oracle.fixture';
import { ScriptedServer } from './scripted-server.fixture';

const answers = Number(process.env['WEIR_FUZZ_ANSWERS'] ?? 10_000_000);
const calls = Number(process.env['WEIR_FUZZ_CALLS'] ?? 200_000);
const seed = Number(process.env['WEIR_FUZZ_SEED'] ?? 20261123);
const atOnce = 16;
const batch = 10_000;

function say(what: string, tally: Tally): void {
  const { faults, ...counts } = tally;
  console.info(`figure fuzzed-answers, ${what}, seed ${seed}: ${JSON.stringify({ ...counts, faults: faults.length })}`);
}

it(`fuzzed-answers: the bytes of generated answers are read as undici's own parser reads them, or refused for a reason that is meant`, () => {
  const tally = newTally();
  const random = randomOf(seed); // one for all: of many, some would draw the same
  for (let begun = 0; begun < answers && tally.faults.length === 0; begun += batch)
    compareReadings(random, Math.min(batch, answers - begun), tally);
  say('bytes', tally);
  expect(tally.faults).toEqual([]);
});

it('fuzzed-answers: over real sockets both clients give the same answers, or ours refuses for a reason that is meant', async () => {
  const server = await ScriptedServer.start();
  const url = `http://127.0.0.1:${server.port}`;
  const options = { egress: new EgressPolicy({ allowLoopback: true }) };
  const [undici, direct] = [new UndiciModelServer(url, options), new DirectModelServer(url, options)];
  const generator = new AnswerGenerator(randomOf(seed));
  const oracle = new LlhttpOracle();
  const tally = newTally();
  let begun = 0;
  let spoiled = 0;
  const callBoth = async (): Promise<void> => {
    for (let n = begun++; n < calls && tally.faults.length === 0; n = begun++) {
      const text = generator.answer();
      server.script(n, text, generator.pieces(text), oracle);
      const call: ModelCall = { method: 'GET', path: `/${n}`, headers: [], body: null, timeoutMs: 60_000 };
      const [theirs, ours]: [ModelAnswer, ModelAnswer] = await Promise.all([undici.call(call), direct.call(call)]);
      // an answer before it may have left undici's connection unfit (a trailer `connection: close` does)
      const leftOver = ours.kind === 'answered' && theirs.kind === 'failed';
      const mended = leftOver ? await undici.call(call) : theirs;
      // bytes behind an answer that was whole, still on their way when the next call was written, cost that call its connection
      const late = ours.kind === 'failed' && mended.kind === 'answered' && !isMeant(text, ours);
      if (late) spoiled++;
      compareAnswers(text, late ? await direct.call(call) : ours, mended, tally);
      server.forget(n);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, callBoth));
  await Promise.all([undici.close(), direct.close()]);
  await server.stop();
  say('calls', tally);
  console.info(`figure fuzzed-answers, calls whose connection an answer before had spoiled: ${spoiled}`);
  expect(tally.faults).toEqual([]);
  expect(spoiled).toBeLessThanOrEqual(calls / 10_000);
});
