// What the collector refuses over HTTP.
import { WeirError } from '@weir/contracts';
import { type ErrorStatuses } from '@weir/service';

export class KeyReusedError extends WeirError {
  constructor() {
    super('idempotency-key-reused', 'Idempotency-Key: was used for another body');
  }
}

export class InvalidKeyError extends WeirError {
  constructor() {
    super('invalid-idempotency-key', 'Idempotency-Key: 1 to 255 visible characters');
  }
}

export class UnknownPredictionError extends WeirError {
  constructor() {
    super('not-found', 'no prediction of this id was recorded, and no outcome for it');
  }
}

export class UnknownMetricError extends WeirError {
  constructor() {
    super('not-found', 'the model is not known here, or declares no such metric with outcomes');
  }
}

export const errorStatuses: ErrorStatuses = {
  unavailable: 503,
  overloaded: 503,
  'idempotency-key-reused': 422,
  'invalid-idempotency-key': 400,
};
