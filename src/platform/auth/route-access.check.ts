import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { StartupError } from '../config/startup.error.js';
import { routeAccess } from './route-access.js';

/**
 * Refuses to start an application in which a controller method declares neither `@RequireScope` nor
 * `@Public()`. It sees the routes of Nest controllers; what is added to Fastify itself (a static file, the
 * docs page) passes by every guard and is outside its sight.
 */
@Injectable()
export class RouteAccessCheck implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** @throws {StartupError} naming every method that has to be decorated */
  onApplicationBootstrap(): void {
    const undeclared = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (typeof metatype === 'function' ? this.undeclaredRoutes(metatype) : []));
    if (undeclared.length > 0)
      throw new StartupError(
        `Nobody may use ${undeclared.join(', ')}: decorate each with @RequireScope('…') or, to open it to everybody, with @Public().`,
      );
  }

  private undeclaredRoutes(controller: { readonly name: string; readonly prototype: object }): string[] {
    return this.scanner.getAllMethodNames(controller.prototype).flatMap((name) => {
      const handler: unknown = Reflect.get(controller.prototype, name);
      if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler)) return [];
      return routeAccess(handler, controller) === 'undeclared' ? [`${controller.name}.${name}`] : [];
    });
  }
}
