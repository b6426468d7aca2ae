import fs from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { inEnvironment } from '../simulate/errors.ts';

/** In the directory of a run that workers played: by what its logs are found, should they not have arrived. */
const FILE = 'fleet.json';

const fleet = z.object({
  storm: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  workers: z.array(z.object({ worker: z.int().min(1), name: z.string() })),
});
export type Fleet = z.infer<typeof fleet>;

export function writeFleet(directory: string, value: Fleet): void {
  const file = path.join(directory, FILE);
  inEnvironment(`can't write ${file}`, () =>
    fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`),
  );
}

/** null for a run that no workers played. @throws EnvironmentError for a file that is none */
export function readFleet(directory: string): Fleet | null {
  const file = path.join(directory, FILE);
  if (!fs.existsSync(file)) return null;
  return inEnvironment(`can't read ${file}`, () =>
    fleet.parse(JSON.parse(fs.readFileSync(file, 'utf8'))),
  );
}
