import fs from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from './world.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** A directory like that of somebody's project, with wsdiag and these packages installed. */
export function projectWith(packages: string[], files: Record<string, string>): string {
  const project = temporaryDirectory();
  link(ROOT, path.join(project, 'node_modules/wsdiag'));
  for (const name of packages) {
    link(path.join(ROOT, 'node_modules', name), path.join(project, 'node_modules', name));
  }
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    fs.writeFileSync(path.join(project, name), text);
  }
  return project;
}

function link(target: string, place: string): void {
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.symlinkSync(target, place);
}

/** Blocks of that language in a page of `docs/`, in order. */
export function blocksOf(page: string, language: string): string[] {
  const text = fs.readFileSync(path.join(ROOT, 'docs', page), 'utf8');
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'));
  return [...blocks].map(([, block = '']) => block);
}
