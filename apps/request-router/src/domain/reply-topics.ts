// Which topics a caller over Kafka may have its answers copied to.

/** `patterns`: names in which `*` stands for any characters, comma separated. Topics are Kafka's: letters, digits and . _ - */
export function replyTopicFilter(patterns: readonly string[]): (topic: string) => boolean {
  const forms = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map(escape).join('[a-zA-Z0-9._-]*')}$`));
  return (topic) => /^[a-zA-Z0-9._-]{1,200}$/.test(topic) && forms.some((form) => form.test(topic));
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
