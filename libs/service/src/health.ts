// What a service needs to do its job, and whether it has it: the content of /readyz.

export interface Need {
  readonly ok: boolean;
  readonly detail?: string;
}

export interface Readiness {
  readonly ok: boolean;
  readonly missing: readonly string[];
  /** What somebody should look at although the service does its job; absent when there is nothing. */
  readonly warnings?: readonly string[];
}

export class Health {
  private readonly needs = new Map<string, () => Need>();
  private readonly worries = new Map<string, () => string | undefined>();
  private stopping = false;

  /** States a need. A need that is never stated is not asked for: state it as not ok before it is met. */
  set(name: string, ok: boolean, detail?: string): void {
    const need: Need = detail === undefined ? { ok } : { ok, detail };
    this.needs.set(name, () => need);
  }

  /** A need that is asked for at each look: cheap and synchronous. */
  watch(name: string, probe: () => Need): void {
    this.needs.set(name, probe);
  }

  /** A worry that does not make the service unready; asked for at each look, undefined: none. */
  warn(name: string, probe: () => string | undefined): void {
    this.worries.set(name, probe);
  }

  /** From here on the service is not ready, whatever it has. */
  stop(): void {
    this.stopping = true;
  }

  ready(): Readiness {
    if (this.stopping) return { ok: false, missing: ['stopping'] };
    const missing = [...this.needs].flatMap(([name, probe]) => {
      const need = probe();
      return need.ok ? [] : [need.detail ? `${name}: ${need.detail}` : name];
    });
    const warnings = [...this.worries].flatMap(([name, probe]) => {
      const worry = probe();
      return worry === undefined ? [] : [`${name}: ${worry}`];
    });
    return { ok: missing.length === 0, missing, ...(warnings.length > 0 && { warnings }) };
  }
}
