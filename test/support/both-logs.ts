/** A server's log and its client's, with many things wrong, held against brute force. */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { findSources } from '../../src/logs/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import type { BruteFinding, BruteLine } from './brute-force.ts';
import { BOTH_CODES, bruteForceBoth } from './brute-force-both.ts';
import { below, pick, type Random } from './defective-logs.ts';
import { comparable, named } from './judge-file.ts';
import { writeBothLogs } from './log-generator.mjs';
import { EDITS } from './random-logs.ts';
import { temporaryDirectory } from './world.ts';

export interface Size {
  /** Of the server's log. */
  lines: number;
  sessions: number;
  edits: number;
}

/** @returns how many lines are of sessions with findings, and the codes of these, once judge and brute force agree */
export async function expectAgreement(seed: number, size: Size) {
  const { files, lines } = editedLogs(temporaryDirectory(), seed, size);
  const [ofServer, ofClient] = lines;
  const result = await judgeLogs(findSources([files[0]], { client: [files[1]] }));
  const found = comparable(result, files).filter(({ code }) => BOTH_CODES.has(code));
  expect(named(found)).toEqual(named(bruteForceBoth(ofServer, ofClient)));
  return { suspects: linesOf([...ofServer, ...ofClient], found), codes: codesIn(found) };
}

/** The server's log and the client's, as files and as lines. */
export function editedLogs(directory: string, seed: number, { edits, ...size }: Size) {
  const [server, client] = ['server', 'client'].map((log) =>
    path.join(directory, `${log}.ndjson`),
  ) as [string, string];
  writeBothLogs({ server, client }, { ...size, seed });
  const random = randomFor(seed, 'edits');
  const lines = [edit(server, edits, random), edit(client, edits, random)] as const;
  return { files: [server, client] as [string, string], lines };
}

/** Changes a log whose first and last lines are its process's; not so that a session begins behind its first attempt. */
function edit(file: string, edits: number, random: Random): BruteLine[] {
  const [first, ...rest] = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const last = rest.pop();
  const isBirth = (text: string) => text.includes('"event":"session_started"');
  const births = rest.filter(isBirth);
  let lines: BruteLine[] = rest.filter((text) => !isBirth(text)).map((text) => JSON.parse(text));
  for (let done = 0; done < edits; done++) {
    const apply = pick(random, Object.values(EDITS));
    lines = apply(lines, below(random, lines.length), below(random, lines.length));
  }
  const texts = [first, ...births, ...lines.map((line) => JSON.stringify(line)), last] as string[];
  fs.writeFileSync(file, `${texts.join('\n')}\n`);
  return texts.map((text) => JSON.parse(text));
}

function linesOf(lines: BruteLine[], found: BruteFinding[]): number {
  const sessions = new Set(found.map(({ session }) => session));
  return lines.filter(({ session_id }) => sessions.has(String(session_id))).length;
}

const codesIn = (found: BruteFinding[]) => new Set(found.map(({ code }) => code));
