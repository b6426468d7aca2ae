import { EnvironmentError, environmentError } from './errors.ts';

/** An address that was asked for, and the option that says its port. */
export interface ListenAddress {
  host: string;
  port: number;
  option?: string;
}

/** Why an address can't be had, and what to do. */
export function cannotListen(
  { host, port, option = '--port' }: ListenAddress,
  error: NodeJS.ErrnoException,
): EnvironmentError {
  return error.code === 'EADDRINUSE'
    ? new EnvironmentError(
        `${host}:${port} is taken; choose another with ${option}, or ${option} 0 for any free one`,
      )
    : environmentError(`can't listen on ${host}:${port}`, error);
}
