/** Rate limits that are counted, so that answers have their headers, and that no test reaches. */
export const generousRateLimits = { RATE_LIMIT: '9999999/60', RATE_LIMIT_ANONYMOUS: '9999999/60' };
