/** The name in a Host header or an origin's authority, without port and brackets; null for what is none. */
export function nameOfHost(authority: string | undefined): string | null {
  const [, ipv6, name] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d+)?$/i.exec(authority ?? '') ?? [];
  return (ipv6 ?? name)?.toLowerCase() ?? null;
}

export const isLoopback = (name: string): boolean =>
  name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
