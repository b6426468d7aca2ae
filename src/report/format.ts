/** `1 session`, `2 sessions`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Thousands apart: `12,345`. */
export function number(value: number): string {
  const [whole = '', fraction] = String(Number(value.toFixed(3))).split('.');
  // As `toLocaleString` has it, which takes longer to load than most of what shows numbers.
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** `420 ms`, `1.81 s`, `12.3 s`, `2 min 5 s`, `3 h 12 min`, `4 d 1 h`. */
export function seconds(value: number): string {
  if (Math.round(value * 1000) < 1000) return `${Math.round(value * 1000)} ms`;
  if (value < 10) return `${Number(value.toFixed(2))} s`;
  if (value < 120) return `${Number(value.toFixed(1))} s`;
  if (value < 2 * HOUR) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  if (value < 2 * DAY) {
    return `${Math.floor(value / HOUR)} h ${Math.floor((value % HOUR) / 60)} min`;
  }
  return `${Math.floor(value / DAY)} d ${Math.floor((value % DAY) / HOUR)} h`;
}

/** `1 ms`, `12 ms`; below 10 with one digit more. */
export function milliseconds(value: number): string {
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ms`;
}

/** `0:03.204`, `26:03:04.000`: minutes, and hours where there are any. */
export function offsetText(ms: number): string {
  const whole = Math.round(Math.abs(ms));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60_000);
  const hours = Math.floor(minutes / 60);
  const rest = `${two(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, '0')}`;
  const clock = hours > 0 ? `${hours}:${two(minutes % 60)}:${rest}` : `${minutes}:${rest}`;
  return ms < 0 ? `-${clock}` : clock;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
