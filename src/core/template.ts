import type { Hello } from './handshake.ts';

/** Text with places for values in it, as `${session_id}`. */
const PLACE = /\$\{([^{}]*)\}/g;

/** What a place may name beside `env.NAME`. */
export const HELLO_PLACES = [
  'session_id',
  'connection_sequence',
  'document_id',
  'reconnect_token',
] as const satisfies readonly (keyof Hello)[];

/** The names of a template's places, in order. */
export const placesOf = (template: string): string[] =>
  [...template.matchAll(PLACE)].map(([, name = '']) => name);

/** The text with each value put in its place; a place without a value stays. */
export const fillIn = (template: string, lookUp: (name: string) => string | undefined): string =>
  template.replace(PLACE, (place, name: string) => lookUp(name) ?? place);

/** A hello's value of that name; nothing for what it has not. */
export function ofHello(hello: Hello): (name: string) => string | undefined {
  return (name) => {
    if (!(HELLO_PLACES as readonly string[]).includes(name)) return undefined;
    return `${hello[name as (typeof HELLO_PLACES)[number]] ?? ''}`;
  };
}
