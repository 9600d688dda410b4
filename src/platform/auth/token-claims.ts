import { ProblemError } from '../http/problems/problem.error.js';
import { type Caller, type CallerKind, callerKinds } from './caller.js';
import { TokenRefusal } from './refusals.js';

/** What a verified token says. */
export interface VerifiedToken {
  readonly caller: Caller;
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Clocks of issuer and service may differ by this many seconds. */
export const clockTolerance = 30;

const agencyForm = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const nameForm = /^\P{Cc}{1,200}$/u;
/** 9999-12-31: later instants are mistakes, such as milliseconds in place of seconds. */
const lastInstant = 253_402_300_799;

/**
 * Turns the claims of a token whose signature, issuer, audience and time were verified into its caller.
 *
 * @param now seconds since 1970
 * @throws {TokenRefusal} when `sub` or `exp` is missing or not what it must be, or `iat` lies in the future
 * @throws {ProblemError} `insufficient-scope` when the token is valid but names no agency: the client needs
 *   other rights, not a fresh token
 */
export function readClaims(claims: unknown, agencyClaim: string, now: number): VerifiedToken {
  if (!isRecord(claims)) throw new TokenRefusal('claims not an object');
  const { sub, exp, iat } = claims;
  if (typeof exp !== 'number' || !(exp > 0 && exp <= lastInstant))
    throw new TokenRefusal('exp not an instant');
  if (iat !== undefined && !(typeof iat === 'number' && iat <= now + clockTolerance))
    throw new TokenRefusal('iat not an instant of the past');
  if (!isName(sub)) throw new TokenRefusal('sub not a string of 1 to 200 characters');
  const agency: unknown = Object.hasOwn(claims, agencyClaim) ? claims[agencyClaim] : undefined;
  if (typeof agency !== 'string' || !agencyForm.test(agency)) throw noAgency(agencyClaim);
  const client = claims['azp'] ?? claims['client_id'];
  return {
    caller: {
      ...readActor(sub, claims['act']),
      agency,
      scopes: readScopes(claims),
      kind: readKind(claims['kind'], sub === client),
      ...(isName(client) && { client }),
    },
    expiresAt: exp * 1000,
  };
}

/** With an `act` claim (RFC 8693 §4.1) the token's subject is the one for whom somebody else acts. */
function readActor(subject: string, act: unknown): Pick<Caller, 'subject' | 'onBehalfOf'> {
  if (act === undefined) return { subject };
  if (!isRecord(act) || !isName(act['sub'])) throw new TokenRefusal('act without a sub');
  return { subject: act['sub'], onBehalfOf: subject };
}

/** The claim `kind`; without it, a token that a client got for itself (its subject is the client) is a service's. */
function readKind(kind: unknown, isClient: boolean): CallerKind {
  return callerKinds.find((known) => known === kind) ?? (isClient ? 'service' : 'person');
}

/** `scope` as text (RFC 8693) or list, or `scp`, as some issuers call it. Anything else grants nothing. */
function readScopes(claims: Record<string, unknown>): ReadonlySet<string> {
  const scopes = claims['scope'] ?? claims['scp'];
  const list: unknown[] =
    typeof scopes === 'string' ? scopes.split(' ') : Array.isArray(scopes) ? scopes : [];
  return new Set(list.filter((scope): scope is string => typeof scope === 'string' && scope !== ''));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && nameForm.test(value);
}

function noAgency(claim: string): ProblemError {
  return new ProblemError(
    'insufficient-scope',
    `The token names no agency: its claim ${claim} must be a text of 1 to 63 letters, digits, - and _, starting with a letter or digit.`,
    { headers: { 'WWW-Authenticate': 'Bearer realm="hms", error="insufficient_scope"' } },
  );
}
