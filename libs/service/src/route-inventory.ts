// Every HTTP route with the access it declares; a route without a declaration fails the boot.
import type { INestApplicationContext } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants';
import { APP_GUARD, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type Access, accessOf } from './access';
import { ApiKeyGuard } from './api-key-guard';

export interface Route {
  readonly handler: string;
  readonly access: Access | undefined;
}

export function listRoutes(app: INestApplicationContext): Route[] {
  const scanner = new MetadataScanner();
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const methods = metatype.prototype as Record<string, object>;
    return scanner.getAllMethodNames(methods).flatMap((name) => {
      const handler = methods[name];
      if (!handler || Reflect.getMetadata(METHOD_METADATA, handler) === undefined) return [];
      return [{ handler: `${metatype.name}.${name}`, access: accessOf(handler, metatype) }];
    });
  });
}

/** @throws Error naming each route that says nothing, or that names roles nobody would check. */
export function checkAccess(app: INestApplicationContext): void {
  const routes = listRoutes(app);
  const silent = routes.filter(({ access }) => access === undefined).map(({ handler }) => handler);
  if (silent.length > 0) throw new Error(`routes without @Roles or @Public: ${silent.join(', ')}`);
  const guarded = routes.filter(({ access }) => access !== 'public').map(({ handler }) => handler);
  if (guarded.length > 0 && !hasGuard(app)) throw new Error(`no ApiKeyGuard stands before ${guarded.join(', ')}`);
}

/** Nest renames a provider of APP_GUARD to `APP_GUARD (UUID: ...)`. */
function hasGuard(app: INestApplicationContext): boolean {
  const providers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.providers.values()]);
  return providers.some(({ token, instance }) => {
    return typeof token === 'string' && token.startsWith(APP_GUARD) && instance instanceof ApiKeyGuard;
  });
}
