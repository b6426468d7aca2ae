import { sanitize } from './sanitize.ts';

/** Text from outside as text of an element, or of an attribute in double quotes. */
export const markup = (text: string): string =>
  sanitize(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
