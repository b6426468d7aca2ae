import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it, onTestFinished } from 'vitest';

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

const canMakeNetworks = ((): boolean => {
  const name = `wsd-${process.pid}-probe`;
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0;
  if (made) ip('netns', 'del', name);
  return made;
})();

/** Tests on machines of their own, as far as the network goes: for root on Linux. */
export function withNetworks(name: string, tests: () => void): void {
  if (canMakeNetworks) describe(name, tests);
  else it.skip(`there are no network namespaces, so these did not run: ${name}`);
}

let networks = 0;

/** Machines that share a network of 10.77.0.0/24, the first of which has its switch. They end with the test. */
export class Network {
  readonly #prefix = `wsd-${process.pid}-${++networks}`;
  readonly #names: string[] = [];

  constructor() {
    const hub = this.#add();
    ip('-n', hub, 'link', 'add', 'switch', 'type', 'bridge');
    ip('-n', hub, 'addr', 'add', '10.77.0.1/24', 'dev', 'switch');
    ip('-n', hub, 'link', 'set', 'switch', 'up');
    onTestFinished(() => {
      for (const name of this.#names) ip('netns', 'del', name);
    });
  }

  /** The machine with the switch, at 10.77.0.1. */
  get hub(): Machine {
    return new Machine(this.#names[0] as string, '10.77.0.1');
  }

  machine(): Machine {
    const name = this.#add();
    const number = this.#names.length;
    const [hub = ''] = this.#names;
    const address = `10.77.0.${number}`;
    const port = `port${number}`;
    ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('-n', hub, 'link', 'set', port, 'master', 'switch');
    ip('-n', hub, 'link', 'set', port, 'up');
    ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    return new Machine(name, address);
  }

  #add(): string {
    const name = `${this.#prefix}-${this.#names.length + 1}`;
    ip('netns', 'add', name);
    this.#names.push(name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return name;
  }
}

export class Machine {
  readonly address: string;
  readonly #name: string;

  constructor(name: string, address: string) {
    this.#name = name;
    this.address = address;
  }

  /** What runs a command there. */
  get under(): string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** Cuts it off, without a word to anybody: its packets are lost. */
  setLink(state: 'up' | 'down'): void {
    ip('-n', this.#name, 'link', 'set', 'eth0', state);
  }

  /** Processes that live there. */
  get pids(): number[] {
    return ip('netns', 'pids', this.#name).split('\n').filter(Boolean).map(Number);
  }
}
