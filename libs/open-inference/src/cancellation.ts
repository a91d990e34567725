// The caller's leave, as the code in between sees it. Lighter than an AbortSignal: one listener, no event objects.
export class Cancellation {
  private listener: (() => void) | undefined;
  private happened = false;

  get requested(): boolean {
    return this.happened;
  }

  request(): void {
    if (this.happened) return;
    this.happened = true;
    this.listener?.();
  }

  /** At most one listener at a time; undefined forgets it. */
  listen(listener: (() => void) | undefined): void {
    this.listener = listener;
  }
}
