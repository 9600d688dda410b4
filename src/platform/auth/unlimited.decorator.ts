import { SetMetadata } from '@nestjs/common';

const UNLIMITED = 'hms:unlimited';

/** Holds the requests to a `@Public()` controller to no rate limit: for probes and scrapers, which must always get through. */
export const Unlimited = (): ClassDecorator => SetMetadata(UNLIMITED, true);

/** Whether `@Unlimited()` is on a controller's class. */
export const isUnlimited = (controller: object): boolean =>
  Reflect.getMetadata(UNLIMITED, controller) === true;
