// How many retries there may be: a share of the calls of late, so that a fault is not answered with a storm.

const share = 0.2;
/** At the start, so that a call of few can be retried too. */
const reserve = 10;
/** What quiet times may save up. */
const most = 100;

/** A bucket of tokens: each call puts 0.2 in, each retry takes 1 out. */
export class RetryBudget {
  private tokens = reserve;

  called(): void {
    if (this.tokens < most) this.tokens += share;
  }

  /** False: the budget is spent, and the retry must not be. */
  retry(): boolean {
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
