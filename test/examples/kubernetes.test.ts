import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { runCli } from '../support/cli.ts';
import { projectWith } from '../support/project.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const EXAMPLE = path.join(ROOT, 'examples/kubernetes');
const textOf = (file: string): string => fs.readFileSync(path.join(EXAMPLE, file), 'utf8');

interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

const kustomization = parse(textOf('kustomization.yaml'));
const resources: Resource[] = [...kustomization.resources, 'job.yaml', 'reader.yaml'].flatMap(
  (file) => parseAllDocuments(textOf(file)).map((one) => one.toJS()),
);

/** What `kubernetes-models` has for a kind: made from Kubernetes's own schema. */
const modelOf = ({ apiVersion, kind }: Resource): string =>
  `kubernetes-models/${apiVersion}/${kind}`;

async function validate(resource: Resource): Promise<void> {
  const { [resource.kind]: Model } = await import(modelOf(resource));
  new Model(resource).validate();
}

/** What the compiler says of resources as literals: it knows which fields there are. */
function unknownFields(...all: Resource[]): string {
  const literals = all.map((resource) => {
    const { apiVersion, kind, ...fields } = resource;
    return `new (await import('${modelOf(resource)}')).${kind}(${JSON.stringify(fields)});`;
  });
  const tsconfig = {
    compilerOptions: {
      strict: true,
      target: 'ES2023',
      module: 'NodeNext',
      types: [],
      noEmit: true,
      skipLibCheck: true,
    },
  };
  const project = projectWith(['kubernetes-models'], {
    'resources.ts': `${literals.join('\n')}\nexport {};\n`,
    'tsconfig.json': JSON.stringify(tsconfig),
  });
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' }).stdout;
}

/** Values of a field, wherever it stands. */
function valuesOf(field: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    name === field ? [one] : valuesOf(field, one),
  );
}

const theOnly = (wanted: string): Resource => {
  const [resource, ...others] = resources.filter(({ kind }) => kind === wanted);
  expect(others).toEqual([]);
  return resource as Resource;
};

const argsOf = (resource: Resource): string[] => valuesOf('args', resource).flat() as string[];

describe('resources for Kubernetes', () => {
  it.each(resources.map((resource) => [resource.kind, resource] as const))(
    'a %s is what its schema takes',
    (_, resource) => validate(resource),
  );

  it('with a value of another type are not', async () => {
    const service = { ...theOnly('Service'), spec: { ports: [{ port: '4222' }] } };
    await expect(validate(service)).rejects.toThrow('port must be integer');
  });

  it('have no field that Kubernetes does not know', () => {
    const misspelt = structuredClone(theOnly('Service')) as Resource & { spec: object };
    Object.assign(misspelt.spec, { selektor: {} });
    const told = unknownFields(...resources, misspelt)
      .trimEnd()
      .split('\n');
    expect(told).toEqual([
      expect.stringMatching(/selektor.* does not exist in type 'IServiceSpec'/),
    ]);
  });

  it('name a secret, configuration and claim that there is', () => {
    const of = (field: string, key: string) =>
      new Set(valuesOf(field, resources).map((one) => (one as Record<string, string>)[key]));
    expect(of('secretKeyRef', 'name')).toEqual(new Set(['nats-passwords']));
    expect(of('secret', 'secretName')).toEqual(new Set(['nats-tls']));
    const generated = valuesOf('configMapGenerator', kustomization).flat() as { name: string }[];
    expect(of('configMap', 'name')).toEqual(new Set(generated.map(({ name }) => name)));
    const claims = resources.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(of('persistentVolumeClaim', 'claimName')).toEqual(
      new Set(claims.map(({ metadata }) => metadata.name)),
    );
  });

  it('mount each of their volumes', () => {
    for (const resource of resources) {
      const names = (field: string) =>
        (valuesOf(field, resource).flat() as { name: string }[]).map(({ name }) => name);
      const claimed = (valuesOf('volumeClaimTemplates', resource).flat() as Resource[]).map(
        ({ metadata }) => metadata.name,
      );
      expect(names('volumeMounts').sort()).toEqual([...names('volumes'), ...claimed].sort());
    }
  });

  it('start wsdiag with options that it has, on a scenario that holds', async () => {
    const job = argsOf(theOnly('Job')).map((arg) => arg.replace('/storm/', `${EXAMPLE}/`));
    expect(await runCli([...job, '--plan'])).toMatchObject({ code: 0, stderr: '' });
    // Without NATS, it is the next thing that is missed.
    const worker = await runCli(argsOf(theOnly('Deployment')));
    expect(worker).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^wsdiag: where is NATS\?/),
    });
  });

  it('have one image, as many workers as the job asks for, and each allows what it is to storm', () => {
    const deployment = theOnly('Deployment');
    const job = argsOf(theOnly('Job'));
    const [{ name, newName, newTag }] = kustomization.images;
    expect(valuesOf('image', deployment)).toEqual([name]);
    for (const kind of ['Job', 'Pod']) {
      expect(valuesOf('image', theOnly(kind))).toEqual([`${newName}:${newTag}`]);
    }
    expect(job).toContain(`--workers=${valuesOf('replicas', deployment)[0]}`);
    const { hostname } = new URL(parse(textOf('storm.yaml')).target.url);
    for (const args of [job, argsOf(deployment)]) {
      expect(args).toContain(`--allow-remote=${hostname}`);
    }
  });
});
