import { randomBytes } from 'node:crypto';

/**
 * A name for a new Kafka cluster: 16 random bytes as 22 characters of base64url, as Kafka's own tools make them. Never one that begins
 * with a dash (one in 64 would), which command lines, ours and those of the container's image, take for an option.
 */
export function newClusterId(bytes: (size: number) => Buffer = randomBytes): string {
  for (;;) {
    const id = bytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** How the storage tool is told the id: in one argument, so that an id of an older state folder may begin with a dash. */
export function clusterIdArgument(id: string): string {
  return `--cluster-id=${id}`;
}
