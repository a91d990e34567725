// Something that is visited: where it answers, and which process its CPU is counted by.
export interface Target {
  readonly name: string;
  readonly url: string;
  /** Undefined: no server of its own. */
  readonly pid: number | undefined;
  /** The broker is given events at the rate of router-kafka while this one is visited. */
  readonly loadsBroker: boolean;
  /** What must be done after a visit. */
  afterVisit?(): void;
}

export const modelName = 'bench';
export const inferPath = `/v2/models/${modelName}/infer`;
