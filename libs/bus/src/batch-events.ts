// The decorator of a batch handler: a Nest event handler that gets chunks of one topic.
import { applyDecorators, Catch, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type EventContract } from '@weir/contracts';
import { throwError, type Observable } from 'rxjs';

/** Handlers of this transport are taken by KafkaBatchServer and by no other strategy. */
export const kafkaBatchTransport = Symbol('weir.kafka-batch');

export interface BatchEventsOptions {
  /** Records of one chunk at most. Default 500. */
  readonly max?: number;
  /** true: a record without value reaches the handler with `event: null`; otherwise it is a dead letter. */
  readonly tombstones?: boolean;
  /**
   * While there is a backlog, records wait until those of this contract's topic that were appended before them are handled: what is joined
   * finds its other half there. Both topics must be stamped by the broker (LogAppendTime). 10 s at the longest.
   */
  readonly after?: Pick<EventContract<unknown>, 'topic'>;
  /** The consumer group that this handler belongs to, where an app has several servers. Default: every server's. */
  readonly group?: string;
}

export interface BatchRoute extends BatchEventsOptions {
  readonly contract: Pick<EventContract<unknown>, 'topic' | 'decode'>;
}

/** Nest turns what a handler throws into a plain object; the bus must know whether it was a refusal or a database away. */
@Catch()
class AsItWas implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** The handler's parameter needs `@Payload()`; it is a `Chunk` of the contract's events. */
export function BatchEvents<T>(contract: EventContract<T>, options: BatchEventsOptions = {}): MethodDecorator {
  const route: BatchRoute = { ...options, contract };
  return applyDecorators(EventPattern(contract.topic, kafkaBatchTransport, route), UseFilters(AsItWas));
}
