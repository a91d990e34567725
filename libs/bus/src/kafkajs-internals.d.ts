// The one inner class of kafkajs that the bus has to mend.
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
  const produce: import('./mend-produce').MendableProduce;
  export default produce;
}
