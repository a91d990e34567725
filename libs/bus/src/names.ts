// Names on the wire: the prefix is put before topics and groups here and nowhere else.

export function wireName(prefix: string, name: string): string {
  return prefix + name;
}

export function plainName(prefix: string, wire: string): string {
  return wire.startsWith(prefix) ? wire.slice(prefix.length) : wire;
}

/** Where what a group could not handle of a topic goes; without prefix. */
export function deadLetterTopic(topic: string, group: string): string {
  return `${topic}.${group}.dlq`;
}
