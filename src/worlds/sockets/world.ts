import type { Clock } from '../../core/host.ts';
import type { Defect } from '../../core/settings.ts';
import { type BrowserOptions, RealBrowser } from '../../real/browser.ts';
import { realClock } from '../../real/clock.ts';
import type { World, WorldTab } from '../world.ts';
import type { StormedServer } from './stormed-server.ts';

export type SocketsOptions = Omit<BrowserOptions, 'url' | 'server'>;

/** Real sockets, storage in files, wall time, and a server in a process of its own. */
export class SocketsWorld implements World {
  readonly clock: Clock = realClock;
  readonly server: StormedServer;
  readonly #options: SocketsOptions;
  #browser: RealBrowser | undefined;

  constructor(server: StormedServer, options: SocketsOptions) {
    this.server = server;
    this.#options = options;
  }

  get tabs(): readonly WorldTab[] {
    return this.#browser?.tabs ?? [];
  }

  get openSockets(): number {
    return this.#browser?.openSockets ?? 0;
  }

  async start(): Promise<string> {
    const { shown, ...where } = await this.server.listening();
    this.#browser = new RealBrowser({ ...this.#options, ...where });
    return shown;
  }

  open(name: string, defect: Defect | null): WorldTab {
    if (!this.#browser) throw new Error('the world was not started');
    return this.#browser.open(name, defect);
  }

  caughtUp(): Promise<void> {
    return this.server.caughtUp();
  }

  async close(): Promise<void> {
    await this.server.close();
    this.#browser?.dispose();
  }

  kill(): void {
    this.server.kill();
  }
}
