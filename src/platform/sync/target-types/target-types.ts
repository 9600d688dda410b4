import { StartupError } from '../../config/startup.error.js';
import type { TargetType } from './target-type.js';

/** What the platform serves itself. */
const webhookSchemes: ReadonlySet<string> = new Set(['http', 'https']);

/** Which type of target serves which URLs: http and https are webhooks, others are what modules add. */
export class TargetTypes {
  private readonly byScheme = new Map<string, TargetType>();

  /** @throws {StartupError} where two serve one scheme, or one serves what no URL can begin with */
  constructor(types: readonly TargetType[] = []) {
    for (const type of types) for (const scheme of type.schemes) this.add(type, scheme);
  }

  /** The schemes that modules have added. */
  get schemes(): string[] {
    return [...this.byScheme.keys()];
  }

  /** The type that a module has added for these URLs. */
  find(url: string): TargetType | undefined {
    return this.byScheme.get(schemeOf(url));
  }

  /** Why nothing can be sent to a URL by this process, in a few words; undefined: it can. */
  refusal(url: string): string | undefined {
    const scheme = schemeOf(url);
    if (webhookSchemes.has(scheme) || this.byScheme.has(scheme)) return undefined;
    return `no module serves ${scheme}: URLs`;
  }

  private add(type: TargetType, scheme: string): void {
    const name = type.constructor.name;
    if (!/^[a-z][a-z0-9+.-]*$/.test(scheme))
      throw new StartupError(
        `The target type ${name} serves ${JSON.stringify(scheme)}, which is no scheme: letters in lower case, digits, +, . and -, such as spool.`,
      );
    const other = webhookSchemes.has(scheme)
      ? 'the platform itself'
      : this.byScheme.get(scheme)?.constructor.name;
    if (other !== undefined)
      throw new StartupError(
        `The target type ${name} serves ${scheme}: URLs, as ${other} does; give one of them another scheme.`,
      );
    this.byScheme.set(scheme, type);
  }
}

function schemeOf(url: string): string {
  return url.slice(0, Math.max(0, url.indexOf(':'))).toLowerCase();
}
