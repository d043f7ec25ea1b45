'use client';
import { createFeed } from '@sillage/client';

// NEXT_PUBLIC_SILLAGE_URL is the origin of the Sillage server, whose CORS_ORIGINS must name this application's origin.
export const server = { baseUrl: process.env.NEXT_PUBLIC_SILLAGE_URL, getToken };

// One feed for the whole application. It connects when a component in the browser subscribes to it, never on the server.
export const feed = createFeed(server);

// In your product: the token of your sign-in. The link that the server prints has one, too.
function getToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) sessionStorage.setItem('token', token);
  return sessionStorage.getItem('token') ?? undefined;
}
