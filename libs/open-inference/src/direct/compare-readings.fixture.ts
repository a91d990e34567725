// Holds our reader against undici's parser: where it takes an answer it must read the same bytes, and where it refuses one that undici
// takes, the refusal must be one that we mean.
import { type Random } from '@weir/testing';
import { Buffer } from 'node:buffer';
import { type ModelAnswer, type ModelHeaders } from '../model-server';
import { AnswerGenerator } from './generated-answers.fixture';
import { LlhttpOracle, type Reading } from './llhttp-oracle.fixture';
import { readOwn } from './own-reading.fixture';

/** Refusals of ours where undici takes the answer, each meant (docs/decisions say why), with what such an answer must have in it. */
const stricter: Readonly<Record<string, RegExp>> = {
  'it has both a content-length and a transfer-encoding': /\ntransfer-encoding:/i,
  'its transfer-encoding is not just chunked': /\ntransfer-encoding:/i,
  'there is a tab in its connection': /\nconnection:[^\r\n]*\t/i,
  'there is a tab in its content-length': /\ncontent-length:[^\r\n]*\t/i,
  'there is a tab in its transfer-encoding': /\ntransfer-encoding:[^\r\n]*\t/i,
  'a 204 announces a body': /^HTTP\/1\.[01] 204/m,
  'an interim answer announces a body': /^HTTP\/1\.[01] 1\d\d/m,
  'an interim answer is to be the last': /^HTTP\/1\.[01] 1\d\d/m,
  'the size of a chunk is malformed': /;[;=]|=[;\r]|=[^";\r\n]+"|\x7f|[0-9a-f]{14}/i,
  'a trailer says what only a head may say': /\n(?:connection|content-length|transfer-encoding):/i,
  // blank lines before it
  'it is not HTTP/1': /(?:^|\r\n\r\n)[\r\n]/,
  // control characters in the reason, or a bare CR behind it
  'the status line is not one of HTTP/1':
    /^[\r\n]|\r\n\r\n[\r\n]|^HTTP\/1\.[01] \d{3} ?[^\r\n]*(?:[\x00-\x09\x0b-\x1f\x7f]|\r[^\n])/m,
  'a line does not end in CRLF': /^HTTP\/1\.[01] \d{3}[^\r\n]*\r[^\n]/m,
};

export interface Tally {
  answers: number;
  /** Taken by both, with the same bytes. */
  same: number;
  refusedByBoth: number;
  /** Refusals that undici does not share, by their reason. */
  stricter: Record<string, number>;
  /** Answers that undici does not take, by why we do. */
  explained: Record<string, number>;
  /** What must not be, with the answer. */
  faults: string[];
}

export function newTally(): Tally {
  return { answers: 0, same: 0, refusedByBoth: 0, stricter: {}, explained: {}, faults: [] };
}

export function compareReadings(random: Random, count: number, tally: Tally): void {
  const generator = new AnswerGenerator(random);
  const oracle = new LlhttpOracle();
  for (let i = 0; i < count; i++) {
    const text = generator.answer();
    const pieces = generator.pieces(text);
    compareOne(text, pieces, oracle, tally);
  }
}

function compareOne(text: string, pieces: readonly Buffer[], oracle: LlhttpOracle, tally: Tally): void {
  const early: Record<'ours' | 'theirs', Reading['state']> = { ours: 'more', theirs: 'more' };
  const ours = readOwn(pieces, ({ state }) => (early.ours = state));
  const theirs = oracle.read(pieces, ({ state }) => (early.theirs = state));
  tally.answers++;
  const fault = (what: string): void => {
    if (tally.faults.length < 20)
      tally.faults.push(`${what}: ${JSON.stringify({ text, cuts: pieces.map(({ length }) => length), ours, theirs })}`);
  };
  if (pieces.length > 1 && tally.answers % 4 === 0) {
    const uncut = readOwn([Buffer.from(text, 'latin1')], () => undefined);
    if (!alike(ours, uncut)) fault('it reads otherwise where it is cut up');
  }
  if (ours.state === 'broken') {
    if (theirs.state === 'broken') tally.refusedByBoth++;
    else if (stricter[ours.problem]?.test(text)) count(tally.stricter, ours.problem);
    else fault('it refuses what it should take');
    return;
  }
  if (theirs.state !== 'whole') {
    const why = explanation(text, ours);
    if (why === undefined) fault('it takes what undici does not');
    else count(tally.explained, why);
    return;
  }
  if (early.ours === 'more' && early.theirs === 'whole') return fault('it waits where undici does not');
  if (ours.status !== theirs.status || ours.body !== theirs.body || !sameHeaders(ours.headers, theirs.headers)) {
    const why = explanation(text, ours);
    if (why === undefined) return fault('it reads other bytes');
    return count(tally.explained, why);
  }
  if (ours.keeps && !theirs.keeps) return fault('it keeps a connection that undici does not');
  tally.same++;
}

const framing = /^(?:content-length|transfer-encoding)$/;

const prefix = 'the answer is not HTTP as it should be: ';

/** The same for what two clients make of it over a socket. */
export function compareAnswers(text: string, ours: ModelAnswer, theirs: ModelAnswer, tally: Tally): void {
  tally.answers++;
  const fault = (what: string): void => void tally.faults.push(`${what}: ${JSON.stringify({ text, ours, theirs })}`);
  if (ours.kind === 'failed') {
    const problem = problemOf(ours.detail);
    if (ours.cause !== 'broken' || !ours.sent) fault('it fails in a way of its own');
    else if (theirs.kind === 'failed') tally.refusedByBoth++;
    else if (isMeant(text, ours)) count(tally.stricter, problem);
    else fault('it refuses what it should take');
    return;
  }
  const same =
    theirs.kind === 'answered' &&
    ours.status === theirs.status &&
    ours.body.equals(theirs.body) &&
    sameHeaders(flat(ours.headers), flat(theirs.headers));
  if (same) return void tally.same++;
  const why = explanation(text, { status: ours.status, headers: flat(ours.headers) });
  if (why === undefined) fault('it takes what undici does not, or reads other bytes');
  else count(tally.explained, why);
}

/** That ours refuses what undici takes, for a reason that is on the list. */
export function isMeant(text: string, { detail }: { readonly detail: string }): boolean {
  return stricter[problemOf(detail)]?.test(text) === true;
}

function problemOf(detail: string): string {
  return detail.startsWith(prefix) ? detail.slice(prefix.length) : detail;
}

function flat(headers: ModelHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [value ?? ''].flat().flatMap((one) => [name, one]));
}

/** Where RFC 9112 knows better than undici; undefined where it does not. */
function explanation(text: string, { status, headers }: Pick<Reading, 'status' | 'headers'>): string | undefined {
  if (status === 304 && headers.some((name, index) => index % 2 === 0 && framing.test(name)))
    return 'a 304 has no body';
  if (/^(?:HTTP\/1.1 1.*\r\n(?:.+\r\n)*\r\n)*HTTP\/1\.[01] 100[ \r]/.test(text))
    return '100 is passed over, though unasked';
  return undefined;
}

function alike(one: Reading, other: Reading): boolean {
  if (one.state !== other.state) return false;
  return (
    one.state === 'broken' || (one.status === other.status && one.body === other.body && one.keeps === other.keeps)
  );
}

/** Ours stand together by name, and without the blanks that undici leaves behind values. */
function sameHeaders(ours: readonly string[], theirs: readonly string[]): boolean {
  if (ours.length !== theirs.length) return false;
  let inOrder = true;
  for (let i = 0; i < ours.length && inOrder; i++) inOrder = ours[i] === normal(theirs[i] as string, i);
  return inOrder || byName(ours) === byName(theirs);
}

function normal(text: string, index: number): string {
  return index % 2 === 0 ? text.toLowerCase() : text.replace(/[\t ]+$/, '');
}

function byName(headers: readonly string[]): string {
  const lines: string[] = [];
  const counts: Record<string, number> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const name = normal(headers[i] as string, 0);
    count(counts, `${name} `);
    lines.push(`${name} ${counts[`${name} `]}:${normal(headers[i + 1] as string, 1)}`);
  }
  return lines.sort().join('\n');
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
