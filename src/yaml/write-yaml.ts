import { stringify } from 'yaml';

/** A value as YAML that `readYaml` takes: what JSON can't hold is left out, what YAML 1.1 reads differently is quoted. */
export const writeYaml = (value: unknown): string =>
  stringify(JSON.parse(JSON.stringify(value) ?? 'null'), {
    compat: 'yaml-1.1',
    aliasDuplicateObjects: false,
  });
