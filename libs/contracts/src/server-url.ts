// Addresses of model servers and webhooks as manifests name them: what can be judged by the text alone.
import { z } from 'zod';

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
