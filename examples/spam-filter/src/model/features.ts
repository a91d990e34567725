// What the classifiers see of a mail: words of its body and, marked apart, of its subject, and facts from its headers.
import { type Mail } from '../mail/parse-mail';

export type Tokenise = (text: string) => string[];

/** Words, numbers, and the characters that spam likes to shout with. */
export const tokenise: Tokenise = (text) => text.toLowerCase().match(/[a-z][a-z'-]{1,18}|[0-9]+|[$£€%!?]/g) ?? [];

/** Words only, of the body only. */
export const bodyWords = (mail: Mail): Set<string> => new Set(mail.body.toLowerCase().match(/[a-z][a-z'-]{1,18}/g));

/** Each feature is present or not; how often does not count. */
export function featuresOf(mail: Mail): Set<string> {
  const features = new Set(tokenise(mail.body));
  for (const word of tokenise(mail.subject)) features.add(`subject:${word}`);
  for (const fact of headerFacts(mail)) features.add(fact);
  return features;
}

/** Only what a sender chose. The path a mail took (Received, mailing list software) would give the corpus away, not spam. */
function headerFacts({ headers, html }: Mail): string[] {
  const facts = [
    `header:type=${/^[^;\s]*/.exec(headers.get('content-type') ?? 'none')?.[0].toLowerCase()}`,
    `header:mailer=${/^[^\s/(]*/.exec(headers.get('x-mailer') ?? headers.get('user-agent') ?? 'none')?.[0].toLowerCase()}`,
    `header:from=${(/@[^>\s]*\.([a-z]+)/i.exec(headers.get('from') ?? '')?.[1] ?? 'none').toLowerCase()}`,
    `header:to=${headers.has('to')}`,
  ];
  if (html) facts.push('header:html');
  if (headers.has('in-reply-to') || headers.has('references')) facts.push('header:reply');
  return facts;
}
