// The two inner functions of kafkajs that encode a produce request without a producer around it.
declare module 'kafkajs/src/protocol/requests/produce/v7/request' {
  interface Message {
    readonly key: string | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, string>>;
  }
  interface Produce {
    readonly acks: number;
    readonly timeout: number;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[];
    }[];
  }
  const produce: (options: Produce) => object;
  export default produce;
}
declare module 'kafkajs/src/protocol/request' {
  const encode: (options: {
    readonly correlationId: number;
    readonly clientId: string;
    readonly request: object;
  }) => Promise<{ readonly buffer: Buffer }>;
  export default encode;
}
