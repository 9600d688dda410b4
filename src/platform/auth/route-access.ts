import { PUBLIC } from './public.decorator.js';
import { REQUIRED_SCOPE } from './require-scope.decorator.js';

/** Who may use a route: everybody, callers with a scope, or, where neither was declared, nobody. */
export type RouteAccess = 'public' | { readonly scope: string } | 'undeclared';

/**
 * Reads what `@RequireScope` and `@Public()` declare about a route. Where both apply, the scope holds: a
 * route is never opened by mistake.
 *
 * @param handler the controller's method
 * @param controller the controller's class
 */
export function routeAccess(handler: object, controller: object): RouteAccess {
  const scope: unknown = Reflect.getMetadata(REQUIRED_SCOPE, handler);
  if (typeof scope === 'string') return { scope };
  return Reflect.getMetadata(PUBLIC, handler) === true || Reflect.getMetadata(PUBLIC, controller) === true
    ? 'public'
    : 'undeclared';
}
