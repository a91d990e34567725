// What is inside kafkajs that the bus has to mend, or mends with.
declare module 'kafkajs/src/network/requestQueue' {
  class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
  }
  export default RequestQueue;
}

declare module 'kafkajs/src/protocol/encoder' {
  class Encoder {
    constructor(initialSize?: number);
    buf: Buffer;
    offset: number;
    readonly buffer: Buffer;
  }
  export default Encoder;
}

declare module 'kafkajs/src/protocol/requests/produce' {
  import type Encoder from 'kafkajs/src/protocol/encoder';
  type Definition = (args: object) => { request: { encode: () => Promise<Encoder> }; response: unknown };
  const produce: { protocol: (wanted: { version: number }) => Definition };
  export default produce;
}

declare module 'kafkajs/src/protocol/requests/fetch' {
  type Response = { decode: (raw: Buffer) => Promise<unknown>; parse: (decoded: unknown) => Promise<unknown> };
  type Definition = (args: object) => { request: unknown; response: Response };
  const fetch: { protocol: (wanted: { version: number }) => Definition };
  export default fetch;
}

declare module 'kafkajs/src/protocol/recordBatch/v0' {
  import type Encoder from 'kafkajs/src/protocol/encoder';
  const recordBatch: { RecordBatch: (batch: object) => Promise<Encoder> };
  export default recordBatch;
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0' {
  import type Encoder from 'kafkajs/src/protocol/encoder';
  const record: (record: object) => Encoder;
  export default record;
}
