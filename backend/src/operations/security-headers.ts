// The headers that every response carries, errors and the page included.
import type { NextFunction, Request, Response } from 'express';

const always = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy':
    "default-src 'self'; img-src 'self' data: https:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Concerns requests without CORS only: pages of CORS_ORIGINS still read the API.
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Half a year, in seconds. */
const hstsAge = 15_552_000;

/** Sets the security headers. HSTS only behind TLS, which a proxy says only where `trust_proxy` believes it; nothing under
 *  `/api` is cached unless its route says so. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.set(always);
  if (request.secure) response.set('Strict-Transport-Security', `max-age=${hstsAge}`);
  if (request.path.startsWith('/api')) response.set('Cache-Control', 'no-store');
  next();
}
