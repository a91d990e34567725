// What an error means for the records that met it.
import { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded } from 'kafkajs';
import { QueryFailedError } from 'typeorm';
import { BusError, classifyError, DependencyDown, RefusedRecords } from './index';

const coded = (code: string) => Object.assign(new Error('said by the driver'), { code });
const named = (name: string) => Object.assign(new Error('said'), { name });

describe('classifyError', () => {
  it.each([
    ['08006', '57P01', '57P02', '57P03', '53300', '57014', '25006', '58030'].map(coded),
    ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'UND_ERR_CONNECT_TIMEOUT'].map(
      coded,
    ),
    ['MaxRetriesPerRequestError', 'TimeoutError', 'AbortError'].map(named),
    [
      new Error('Connection terminated unexpectedly'),
      new Error('timeout exceeded when trying to connect'),
      new Error('LOADING Redis is loading'),
    ],
    [new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])],
    [new QueryFailedError('select 1', [], coded('57P01'))],
    [new Error('wrapped', { cause: coded('ECONNREFUSED') })],
    [new DependencyDown('postgres', 'gone'), new BusError('kafka-away', 'away', true)],
    [
      new KafkaJSConnectionError('closed', { broker: 'b' }),
      new KafkaJSNumberOfRetriesExceeded(new Error('x'), { retryCount: 1, retryTime: 1 }),
    ],
  ])('takes the absence of a dependency for that: %s', (...errors) => {
    expect(errors.flat().map((error) => classifyError(error).kind)).toEqual(errors.flat().map(() => 'down'));
  });

  it.each(['40001', '40P01', '55P03', '0A000', '26000'])(
    'tries again at once where two transactions met, or a migration made a prepared statement stale: %s',
    (code) => {
      expect(classifyError(new QueryFailedError('q', [], coded(code))).kind).toBe('contention');
    },
  );

  it('takes everything else for a bug: wrong SQL, broken constraints, errors of the language, thrown strings', () => {
    const bugs = [
      coded('42601'),
      coded('23505'),
      coded('22P02'),
      new TypeError('x is not a function'),
      new RangeError('y'),
      'text',
      null,
      undefined,
      { cause: {} },
    ];
    expect(bugs.map((error) => classifyError(error).kind)).toEqual(bugs.map(() => 'bug'));
  });

  it('survives an error that causes itself', () => {
    const error: Error & { cause?: unknown } = new Error('round');
    error.cause = error;
    expect(classifyError(error).kind).toBe('bug');
  });

  it('keeps what a refusal names', () => {
    const refusals = [
      {
        record: { topic: 't', partition: 0, offset: '1', key: null, value: null, headers: {}, timestampMs: 0 },
        code: 'late',
        message: 'too late',
      },
    ];
    expect(classifyError(new RefusedRecords(refusals))).toEqual({ kind: 'refused', refusals });
  });
});
