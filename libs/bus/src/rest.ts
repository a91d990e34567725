// A sleep that can be ended early; a wake during work is kept for the next sleep.

export class Rest {
  private woken = false;
  private ended = false;
  private finish: ((cause: 'wake' | 'end') => void) | undefined;

  /** Ends the sleep under way, or the next one. */
  wake(): void {
    this.woken = true;
    this.finish?.('wake');
  }

  /** No sleep from now on. */
  end(): void {
    this.ended = true;
    this.finish?.('end');
  }

  /** `deep`: a wake does not end this sleep and is kept for the next (used to back off). */
  async for(ms: number, options: { deep?: boolean } = {}): Promise<void> {
    if (this.ended) return;
    if (!options.deep && this.woken) {
      this.woken = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.finish = (cause) => {
        if (options.deep && cause === 'wake') return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.finish = undefined;
    if (!options.deep) this.woken = false;
  }
}
