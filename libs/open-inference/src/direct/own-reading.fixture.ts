// What our own reader makes of the bytes of an answer, in the oracle's words.
import { AnswerReader, type Progress } from './answer-reader';
import { HeadReader } from './head-reader';
import { type Reading } from './llhttp-oracle.fixture';

/** `whenRead`: what it is before the server ends its side, where it does. */
export function readOwn(pieces: readonly Buffer[], whenRead: (reading: Readonly<Reading>) => void): Reading {
  const reading: Reading = { state: 'more', status: 0, headers: [], body: '', keeps: false, problem: '' };
  const reader = new AnswerReader(new HeadReader(), {
    head: ({ status, headers }) => {
      reading.status = status;
      for (const name in headers) {
        const value = headers[name] as string | string[];
        if (typeof value === 'string') reading.headers.push(name, value);
        else for (const one of value) reading.headers.push(name, one);
      }
    },
    body: (bytes, start, end) => (reading.body += bytes.toString('latin1', start, end)),
  });
  const note = (progress: Progress): void => {
    reading.state = progress;
    reading.problem = reader.problem;
    reading.keeps = reader.keeps;
  };
  reader.begin();
  for (const piece of pieces) {
    if (reading.state === 'more') note(reader.read(piece));
    else reading.keeps = false;
  }
  whenRead(reading);
  if (reading.state === 'more') note(reader.end());
  return reading;
}
