// Mail as it really comes: folded, encoded, nested, broken.
import fc from 'fast-check';
import { readCorpus } from '../corpus';
import { parseMail } from './parse-mail';
import { stripHtml } from './strip-html';

jest.setTimeout(60_000); // the corpus is real

describe('parseMail', () => {
  it('unfolds headers and takes the first of a name', () => {
    const mail = parseMail('From x@y Thu Aug 22\nSubject: one\n two\nSubject: other\n three\n\nbody');
    expect(mail.subject).toBe('one two');
    expect(mail.body).toBe('body');
  });

  it('decodes encoded words in the charset they name', () => {
    expect(parseMail('Subject: =?iso-8859-1?Q?Caf=E9_au?= =?utf-8?B?IGxhaXQ=?=\n\n').subject).toBe('Café au lait');
  });

  it('decodes quoted-printable bodies, soft line breaks included', () => {
    const mail = parseMail(
      'Content-Type: text/plain; charset="windows-1252"\nContent-Transfer-Encoding: Quoted-Printable\n\nfr=\nee =80 5',
    );
    expect(mail.body).toBe('free € 5');
  });

  it('decodes base64 bodies', () => {
    const body = Buffer.from('naïve', 'latin1').toString('base64');
    expect(
      parseMail(`Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: base64\n\n${body}`).body,
    ).toBe('naïve');
  });

  it.each(['default_charset', 'unknown-8bit', 'gb2312_charset', '', 'x'.repeat(500)])(
    'reads a body of the unknown charset "%s" all the same',
    (charset) => {
      const mail = parseMail(
        `Content-Type: text/plain; charset="${charset}"\nContent-Transfer-Encoding: quoted-printable\n\nok =E9`,
      );
      expect(mail.body).toContain('ok');
    },
  );

  it('joins the text parts of a multipart mail and leaves attachments out', () => {
    const mail = parseMail(
      [
        'Content-Type: multipart/mixed;',
        '\tboundary="b1"',
        '',
        'preamble',
        '--b1',
        'Content-Type: text/plain',
        '',
        'plain words',
        '--b1',
        'Content-Type: text/html',
        '',
        '<b>bold</b> words',
        '--b1',
        'Content-Type: image/gif',
        'Content-Transfer-Encoding: base64',
        '',
        'R0lGODlhAQABAAAAACw=',
        '--b1--',
      ].join('\n'),
    );
    expect(mail.body).toContain('plain words');
    expect(mail.body).toMatch(/bold\s+words/);
    expect(mail.body).not.toMatch(/preamble|R0lGOD/);
    expect(mail.html).toBe(true);
  });

  it('reads every mail of the corpus', () => {
    const mails = readCorpus();
    expect(mails).toHaveLength(6046);
    expect(mails.filter(({ label }) => label === 'spam')).toHaveLength(1896);
    const empty = mails.map(({ text }) => parseMail(text)).filter(({ body }) => body.trim() === '');
    expect(empty.length).toBeLessThan(60);
  });

  it('never throws, whatever comes', () => {
    const piece = fc.constantFrom(
      'Subject:',
      'Content-Type: multipart/x; boundary=a',
      '--a',
      '\n',
      '\n\n',
      '=?',
      '?=',
      '<script',
      '&#99999999;',
      '=E',
      '\ud800',
    );
    const mail = fc.array(fc.oneof(piece, fc.string())).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(mail, (text) => typeof parseMail(text).body === 'string'),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([
    ['opened comments', '<!--'],
    ['opened scripts', '<script>'],
    ['entities', '&#'],
    ['encoded words', '=?a?q?'],
    ['boundaries', '\n--a'],
  ])('takes time in proportion to a mail full of %s', (_name, piece) => {
    const text = `Subject: ${piece.repeat(2000)}\nContent-Type: multipart/mixed; boundary=a\n\n${piece.repeat(8000)}`;
    const before = process.cpuUsage();
    parseMail(text);
    stripHtml(text);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000); // microseconds of our own, however busy the machine is
  });
});
