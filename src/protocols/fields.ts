import * as z from 'zod';
import type { Hello } from '../core/handshake.ts';
import { fillIn, HELLO_PLACES, ofHello, placesOf } from '../core/template.ts';

/** What a place may name. */
export const PLACES = [...HELLO_PLACES, 'env.NAME'];
const isPlace = (name: string) =>
  /^env\.\w+$/.test(name) || (HELLO_PLACES as readonly string[]).includes(name);

/** Text with places such as `${session_id}` in it. */
export const template = z
  .string()
  .superRefine((text, context) => {
    const unknown = placesOf(text).find((name) => !isPlace(name));
    if (unknown === undefined) return;
    const params = { what: 'place', unknown, known: PLACES };
    context.addIssue({ code: 'custom', message: 'text with known places', params });
  })
  .meta({ title: 'text with places' });

/** As `template`, for what is one line. */
export const line = template.refine((text) => !/[\r\n\0]/.test(text), {
  error: 'text of one line',
});

/** What travels besides the session and its number, such as a token. */
export const fields = z
  .record(
    z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, "_", "-" and "."' }),
    line,
  )
  .default({})
  .describe(
    `Sent besides \`session_id\` and \`connection_sequence\`, where these travel: \`{ token: '\${env.TOKEN}' }\`.`,
  );

export type Fields = z.output<typeof fields>;

/** What every server is told, and what a scenario adds. */
export function sessionFields(hello: Hello, fields: Fields): Record<string, string | number> {
  const more = Object.entries(fields).map(([name, text]) => [name, fillIn(text, ofHello(hello))]);
  const { session_id, connection_sequence } = hello;
  return { session_id, connection_sequence, ...Object.fromEntries(more) };
}

/** The same as text. */
export const sessionPairs = (hello: Hello, fields: Fields): [name: string, value: string][] =>
  Object.entries(sessionFields(hello, fields)).map(([name, value]) => [name, `${value}`]);
