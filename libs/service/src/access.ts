// Who may call a route: declared on it, with @Roles or @Public. A route that declares neither does not boot.
import { createParamDecorator, type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Role } from '@weir/contracts';
import 'reflect-metadata';

/** Whoever holds the key that came with the request. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

export type Access = 'public' | readonly Role[];

const accessKey = 'weir:access';

/** Any of these roles, or one above it. viewer < operator < admin; producer stands apart, and an admin may produce. */
export const Roles = (...roles: [Role, ...Role[]]): CustomDecorator => SetMetadata(accessKey, roles);

export const Public = (): CustomDecorator => SetMetadata(accessKey, 'public');

/** The method's own declaration, else its controller's. */
export function accessOf(handler: object, controller: object): Access | undefined {
  const own: unknown = Reflect.getMetadata(accessKey, handler) ?? Reflect.getMetadata(accessKey, controller);
  return own as Access | undefined;
}

const above: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
  producer: ['producer', 'admin'],
};

export const permits = (roles: readonly Role[], role: Role): boolean =>
  roles.some((needed) => above[needed].includes(role));

/** `@Caller() caller: Principal`: who called. Only behind the guard; on a public route there is nobody. */
export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<{ principal?: Principal }>().principal,
);
