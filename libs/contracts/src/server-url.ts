// Addresses of model servers and webhooks as manifests name them: what can be judged by the text alone.
import { z } from 'zod';

/** What `dns+` stands before: the host is a name, and each of its addresses is an instance of its own. */
const followed = 'dns+';

type Url = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly problem: string };

/** Base URL, http or https, given back without a trailing slash. Where it may point to is the controller's egress rule. */
export const serverUrl = z
  .string()
  .max(2_048)
  .transform((text, context) => {
    const read = readUrl(text);
    if (read.ok) return read.url;
    context.issues.push({ code: 'custom', message: read.problem, input: text });
    return z.NEVER;
  });

/** An instance's base URL as above; with `dns+` before it, one instance for each address that its host's name has. */
export const instanceUrl = z
  .string()
  .max(2_048)
  .transform((text, context) => {
    const isFollowed = text.startsWith(followed);
    const read = readUrl(isFollowed ? text.slice(followed.length) : text);
    const problem = read.ok ? (isFollowed ? followProblem(read.url) : undefined) : read.problem;
    if (read.ok && problem === undefined) return isFollowed ? `${followed}${read.url}` : read.url;
    context.issues.push({ code: 'custom', message: problem ?? 'is not a URL', input: text });
    return z.NEVER;
  });

/** The http or https URL within an instance's. */
export function dialledUrl(instance: string): string {
  return instance.startsWith(followed) ? instance.slice(followed.length) : instance;
}

function followProblem(url: string): string | undefined {
  const { hostname } = new URL(url);
  const isAddress = hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  return isAddress ? 'follows the addresses of a name, and this is an address' : undefined;
}

function readUrl(text: string): Url {
  if (/[\s\\\p{Cc}]/u.test(text)) return refuse('has blanks, backslashes or control characters');
  if (!/^https?:\/\//i.test(text)) return refuse('is not an http or https URL');
  if (!URL.canParse(text)) return refuse('is not a URL');
  const url = new URL(text);
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
  if (authority === '') return refuse('names no host');
  if (authority.includes('@')) return refuse('carries credentials');
  if (text.includes('?')) return refuse('has a query');
  if (text.includes('#')) return refuse('has a fragment');
  if (disguised(authority, url.hostname)) return refuse('writes its address in a disguised form');
  return { ok: true, url: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}

/** 2130706433, 0x7f.1, 0177.0.0.1 and 127%2e0.0.1 all mean 127.0.0.1: an IPv4 address is taken only as four decimal numbers. */
function disguised(authority: string, hostname: string): boolean {
  const written = authority.replace(/:\d*$/, '').toLowerCase();
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) && written !== hostname;
}

function refuse(problem: string): Url {
  return { ok: false, problem };
}
