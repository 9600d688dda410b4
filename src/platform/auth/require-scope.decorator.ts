import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';

/** Metadata key of {@link RequireScope}. */
export const REQUIRED_SCOPE = 'hms:required-scope';

/**
 * Lets only tokens with this scope use the route, and says so in the OpenAPI document: the security scheme
 * `bearer` with the scope, and the extension `x-required-scope`.
 *
 * @param scope such as `policies:read`
 */
export function RequireScope(scope: string): MethodDecorator {
  return applyDecorators(
    SetMetadata(REQUIRED_SCOPE, scope),
    ApiSecurity('bearer', [scope]),
    ApiExtension('x-required-scope', scope),
  );
}
