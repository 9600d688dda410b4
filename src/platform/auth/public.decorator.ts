import { SetMetadata } from '@nestjs/common';

/** Metadata key of {@link Public}. */
export const PUBLIC = 'hms:public';

/**
 * Opens a route, or every route of a controller, to callers without a token; a token that is sent is not
 * looked at. `@RequireScope` on a method wins over `@Public()` on its controller.
 */
export const Public = () => SetMetadata(PUBLIC, true);
