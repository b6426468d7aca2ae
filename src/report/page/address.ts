/** What a person has chosen to see, by name: `t=1200-3400&session=…`. */
type Choices = Record<string, string>;

const SOON_MS = 150;

/**
 * Keeps what is chosen in the fragment of the page's address, so that a link shows the same to somebody else. A
 * fragment is sent nowhere.
 */
export class Address {
  readonly #choices: Map<string, string>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#choices = read();
  }

  get(name: string): string {
    return this.#choices.get(name) ?? '';
  }

  /** Empty where the choice is what the page begins with. */
  set(choices: Choices): void {
    for (const [name, value] of Object.entries(choices)) {
      if (value === '') this.#choices.delete(name);
      else this.#choices.set(name, value);
    }
    // Browsers refuse to change an address at each key that is pressed.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), SOON_MS);
  }

  /** Another link to the page was opened in its window. */
  onChange(listener: () => void): void {
    addEventListener('hashchange', () => {
      clearTimeout(this.#timer);
      this.#choices.clear();
      for (const [name, value] of read()) this.#choices.set(name, value);
      listener();
    });
  }

  #write(): void {
    const fragment = new URLSearchParams([...this.#choices]).toString();
    const [page] = location.href.split('#');
    try {
      history.replaceState(null, '', fragment === '' ? page : `${page}#${fragment}`);
    } catch {
      // A viewer that shows pages in a frame of its own may forbid it; the page works as well without.
    }
  }
}

const read = () => new Map(new URLSearchParams(location.hash.slice(1)));
