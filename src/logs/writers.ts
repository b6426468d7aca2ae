import type { Doubt } from '../model/findings.ts';

/** So many prove that there are several, and are named. */
const ENOUGH = 2;

/** Containers that wrote lines of a log, by the prefixes of these: the first two. */
export class Writers {
  readonly names: string[] = [];

  add(name: string | undefined): void {
    if (name === undefined || this.names.length === ENOUGH || this.names.includes(name)) return;
    this.names.push(name);
  }

  /** Lines of several have no order that holds: collectors put one's behind another's. */
  doubts(file: string): Doubt[] {
    if (this.names.length < ENOUGH) return [];
    return [{ code: 'several-writers', where: { file }, value: this.names.join(', ') }];
  }
}
