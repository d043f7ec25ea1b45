// The security headers of every response, including errors and the page.
import type { NextFunction, Request, Response } from 'express';

const always = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy':
    "default-src 'self'; img-src 'self' data: https:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Applies to requests without CORS only: pages of CORS_ORIGINS can still read the API.
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** The document that draws the diagrams of a reply, and its scripts. It runs in a sandboxed frame of the page, so its
 *  origin is opaque: to its own server, its requests come from another origin. */
const diagram = {
  'X-Frame-Options': 'SAMEORIGIN',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts",
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/** Half a year, in seconds. */
const hstsAge = 15_552_000;

/** Sets the security headers. HSTS is set only for requests over TLS, which with a proxy requires `trust_proxy`. Responses
 *  under `/api` are not cached unless their route sets another `Cache-Control`. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.set(always);
  if (request.path.startsWith('/diagram/')) response.set(diagram);
  if (request.secure) response.set('Strict-Transport-Security', `max-age=${hstsAge}`);
  if (request.path.startsWith('/api')) {
    // A request without CORS cannot carry a token, so it reads no data. It still gets a response, so that a client of another
    // origin can distinguish a missing origin in CORS_ORIGINS from a server that cannot be reached.
    response.set({ 'Cache-Control': 'no-store', 'Cross-Origin-Resource-Policy': 'cross-origin' });
  }
  next();
}
