/** Most bytes of the body of a request, and of what a patch may make of the members that it names. */
export const bodyLimit = 1024 * 1024;
