import { Global, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { Clock } from './clock.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { RateLimits } from './rate-limits.js';
import { RouteAccessCheck } from './route-access.check.js';
import { ScopeGuard } from './scope.guard.js';
import { SecurityEvents } from './security-events.js';
import { TokenCache } from './token-cache.js';

/**
 * Closes every route of every controller: a request needs a valid token ({@link JwtAuthGuard}) with the scope
 * that the route requires ({@link ScopeGuard}), unless the route is `@Public()`. An application with a route
 * that declares neither does not start ({@link RouteAccessCheck}).
 */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: Clock, useValue: Date },
    TokenCache,
    RateLimits,
    JwtStrategy,
    RouteAccessCheck,
    SecurityEvents,
    // In this order: the scope guard looks at the caller whom the token guard has found.
    { provide: APP_GUARD, useClass: JwtAuthGuard },
    { provide: APP_GUARD, useClass: ScopeGuard },
  ],
  exports: [SecurityEvents],
})
export class AuthModule {}
