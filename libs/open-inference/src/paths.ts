// Where the Open Inference Protocol keeps things on a model server.

export interface ServerModel {
  readonly modelName: string;
  readonly modelVersion?: string | undefined;
}

export function modelPath({ modelName, modelVersion }: ServerModel): string {
  const base = `/v2/models/${encodeURIComponent(modelName)}`;
  return modelVersion === undefined ? base : `${base}/versions/${encodeURIComponent(modelVersion)}`;
}

export const inferPath = (model: ServerModel): string => `${modelPath(model)}/infer`;

export const readyPath = (model: ServerModel): string => `${modelPath(model)}/ready`;

export const serverReadyPath = '/v2/health/ready';
