/** One more step of a JSON Pointer (RFC 6901): `pointer('/price', 'a/b')` is `/price/a~1b`. */
export function pointer(parent: string, member: string | number): string {
  return `${parent}/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
