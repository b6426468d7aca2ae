import { UserError } from '../model/user-error.ts';

/** A log that can't be opened or read. */
export class LogUnreadable extends UserError {
  override readonly name = 'LogUnreadable';
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'not a directory',
  ENXIO: 'is a socket, not a file',
};

/** Runs a file operation; what the system refuses becomes a `LogUnreadable`. */
export function reading<T>(file: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** `reading` for an operation that takes its time. */
export async function readingAsync<T>(file: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): unknown {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error : new LogUnreadable(file, reasonOf(error));
}

/** What is wrong with a file, by what the system said when it refused. */
export function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
