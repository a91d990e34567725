// A route is declared once: method, path, who may call it, what it takes and gives. Nest and the OpenAPI page read the same.
import { applyDecorators, HttpCode, RequestMapping, RequestMethod, SetMetadata, type Type } from '@nestjs/common';
import { type Role } from '@weir/contracts';
import { Public, Roles } from '@weir/service';
import 'reflect-metadata';
import { type z } from 'zod';

export interface RouteSpec {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Whole, with `:name` for parameters. */
  readonly path: string;
  /** The least role, or public. */
  readonly access: Role | 'public';
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  /** May be repeated with an Idempotency-Key. */
  readonly repeatable?: boolean;
  /** By status; the first is the usual one. A text is the description of an answer without JSON. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
}

const routeKey = 'weir:route';
const methods = {
  get: RequestMethod.GET,
  post: RequestMethod.POST,
  put: RequestMethod.PUT,
  delete: RequestMethod.DELETE,
} as const;

export function Route(spec: RouteSpec): MethodDecorator {
  const [status = '200'] = Object.keys(spec.answers);
  return applyDecorators(
    RequestMapping({ method: methods[spec.method], path: spec.path }),
    HttpCode(Number(status)),
    spec.access === 'public' ? Public() : Roles(spec.access),
    SetMetadata(routeKey, spec),
  );
}

/** The declared routes of the controllers, in their order. */
export function routesOf(controllers: readonly Type[]): RouteSpec[] {
  return controllers.flatMap(({ prototype }) =>
    Object.values(Object.getOwnPropertyDescriptors(prototype as object)).flatMap(({ value }) => {
      const spec: unknown = typeof value === 'function' ? Reflect.getMetadata(routeKey, value as object) : undefined;
      return spec ? [spec as RouteSpec] : [];
    }),
  );
}
