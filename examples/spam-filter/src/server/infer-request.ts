// The body of an infer request of the Open Inference Protocol, as far as this model understands it; anything else is refused by name.
import { z } from 'zod';

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional();

const body = z.object({
  id: z.string().optional(),
  parameters,
  inputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.int().min(0)),
      datatype: z.string(),
      parameters,
      data: z.array(z.unknown()),
    }),
  ),
  outputs: z.array(z.object({ name: z.string(), parameters })).optional(),
});

export const outputNames = ['label', 'score'] as const;
export type OutputName = (typeof outputNames)[number];

export interface InferRequest {
  readonly id?: string;
  /** One mail per row. */
  readonly mails: readonly string[];
  /** The input's shape, which the outputs take over. */
  readonly shape: readonly number[];
  readonly outputs: readonly OutputName[];
}

/** A request that this model cannot answer; the message is for the caller. */
export class BadRequest extends Error {}

export const mostMails = 256;

export function parseInferRequest(json: unknown): InferRequest {
  const parsed = body.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new BadRequest(`${issue?.path.join('.') || 'body'}: ${issue?.message}`);
  }
  const { id, inputs, outputs } = parsed.data;
  const [input, ...more] = inputs;
  if (!input || input.name !== 'text' || more.length > 0)
    throw new BadRequest('inputs: one input named "text" is expected');
  const mails = rowsOf(input);
  return {
    ...(id !== undefined && { id }),
    mails,
    shape: input.shape,
    outputs: outputs ? outputs.map(({ name }) => knownOutput(name)) : outputNames,
  };
}

function rowsOf(input: z.infer<typeof body>['inputs'][number]): string[] {
  const { datatype, shape } = input;
  if (datatype !== 'BYTES') throw new BadRequest(`inputs.0.datatype: "text" is BYTES, not ${datatype}`);
  const [rows, columns = 1] = shape;
  if (rows === undefined || shape.length > 2 || columns !== 1)
    throw new BadRequest(`inputs.0.shape: [n] or [n,1] is expected, not [${shape.join(',')}]`);
  if (rows < 1 || rows > mostMails)
    throw new BadRequest(`inputs.0.shape: 1 to ${mostMails} mails at once, not ${rows}`);
  const data = input.data.flat<unknown[]>();
  if (data.length !== rows)
    throw new BadRequest(`inputs.0.data: ${rows} elements are expected by the shape, not ${data.length}`);
  if (!data.every((item) => typeof item === 'string'))
    throw new BadRequest('inputs.0.data: elements of BYTES are strings');
  return data;
}

function knownOutput(name: string): OutputName {
  const known = outputNames.find((output) => output === name);
  if (!known) throw new BadRequest(`outputs: there is no output "${name}"`);
  return known;
}
