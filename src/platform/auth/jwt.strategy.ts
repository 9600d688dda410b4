import type { IncomingMessage } from 'node:http';
import { callbackify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Algorithm } from 'jsonwebtoken';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { type IssuerSettings, Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { Clock } from './clock.js';
import { developmentIssuer } from './development-issuer.js';
import { JwksKeys } from './jwks-keys.js';
import { requestToken } from './request-token.js';
import { StaticKey } from './static-key.js';
import { TokenCache } from './token-cache.js';
import { clockTolerance, readClaims, type VerifiedToken } from './token-claims.js';
import { readHeader } from './token-header.js';
import type { VerificationKeys } from './verification-keys.js';

/**
 * Verifies tokens by passport-jwt: signature, issuer, audience, algorithm, `exp`, `nbf`, and what
 * {@link readHeader} and {@link readClaims} demand. Clocks may differ by 30 seconds.
 *
 * Passport keeps strategies by name for the whole process: of two applications in one process, the one
 * created last decides which issuer both trust.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  private readonly agencyClaim: string;

  constructor(
    settings: Settings,
    cache: TokenCache,
    private readonly clock: Clock,
  ) {
    const issuer = trustedIssuer(settings);
    super(strategyOptions(issuer, verificationKeys(issuer, clock, cache)));
    this.agencyClaim = settings.auth.agencyClaim;
  }

  /** Called by passport with the claims of a token it has verified. */
  validate(claims: unknown): VerifiedToken {
    return readClaims(claims, this.agencyClaim, this.clock.now() / 1000);
  }
}

function trustedIssuer(settings: Settings): IssuerSettings {
  if (settings.auth.issuer) return settings.auth.issuer;
  if (settings.production)
    throw new StartupError('JWT_ISSUER must be set in production; the local issuer is for development.');
  return developmentIssuer(settings.dataDirectory).settings;
}

function verificationKeys(
  { key, algorithms }: IssuerSettings,
  clock: Clock,
  cache: TokenCache,
): VerificationKeys {
  return 'jwksUrl' in key
    ? new JwksKeys(key.jwksUrl, clock, () => cache.clear())
    : new StaticKey(key.publicKey, algorithms);
}

function strategyOptions(issuer: IssuerSettings, keys: VerificationKeys): StrategyOptionsWithoutRequest {
  const algorithms = issuer.algorithms.filter(isAlgorithm);
  const findKey = callbackify(async (token: string) => keys.keyFor(readHeader(token, algorithms)));
  return {
    jwtFromRequest: (request: { readonly raw: IncomingMessage }) => requestToken(request.raw) ?? null,
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms,
    jsonWebTokenOptions: { clockTolerance },
    secretOrKeyProvider: (_request: unknown, token: string, done) =>
      findKey(token, (error, key) => {
        try {
          // Applied untyped: the types of passport-jwt know text and buffers only, jsonwebtoken takes a KeyObject.
          Reflect.apply(done, undefined, [error, key]);
        } catch (failure) {
          // jsonwebtoken throws at claims that are `null`; from here that would end the process.
          done(failure);
        }
      }),
  };
}

function isAlgorithm(name: string): name is Algorithm {
  return /^(RS|PS|ES)(256|384|512)$/.test(name);
}
