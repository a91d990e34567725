// The forms in which a policy names an instance: a base URL, or `dns+` and a base URL whose host has one instance per address.

const prefix = 'dns+';

export interface InstanceUrl {
  /** http or https. */
  readonly url: string;
  /** The name to follow; undefined where the URL is one instance. */
  readonly name: string | undefined;
}

export function readInstanceUrl(text: string): InstanceUrl {
  if (!text.startsWith(prefix)) return { url: text, name: undefined };
  const url = text.slice(prefix.length);
  return { url, name: new URL(url).hostname };
}
