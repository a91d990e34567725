// What a person must do before Weir can go on: printed as one line, without a stack.
import { WeirError } from '@weir/contracts';

export class Complaint extends WeirError {
  constructor(message: string) {
    super('cannot-run', message);
    this.name = 'Complaint';
  }
}
