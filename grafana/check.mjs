// Checks dashboards against the types of @grafana/schema: the dashboard itself
// and, by panel type, each panel's options and custom field settings. Unknown
// keys and wrong values are errors.
//
//   npm ci --ignore-scripts && node check.mjs dashboards/*.json
//
// Exit code 0: all are right; 1: faults, listed; 2: called wrongly.
//
// Each dashboard is compiled as a TypeScript literal. Grafana declares its
// closed sets of words as enums, which no literal can match, so while the
// declarations are read each enum of words becomes the union of its words.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import ts from 'typescript';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node check.mjs DASHBOARD.json...');
  process.exit(2);
}

const types = 'node_modules/@grafana/schema/dist/types';
const options = { noEmit: true, strict: true, skipLibCheck: true, module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022, types: [] };

const header = `
import type { Dashboard, Panel, RowPanel, FieldConfigSource } from '@grafana/schema';
import type * as stat from './${types}/raw/composable/stat/panelcfg/x/types.gen';
import type * as table from './${types}/raw/composable/table/panelcfg/x/types.gen';
import type * as timeline from './${types}/raw/composable/statetimeline/panelcfg/x/types.gen';
import type * as series from './${types}/raw/composable/timeseries/panelcfg/x/types.gen';
type As<Type extends string, Options, Custom> = Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  type: Type; options: Partial<Options>; targets: Target[];
  fieldConfig: { defaults: Omit<FieldConfigSource['defaults'], 'custom'> & { custom?: Partial<Custom> }; overrides: FieldConfigSource['overrides'] };
};
type Target = { refId: string; datasource: { type: 'influxdb' | 'prometheus'; uid: string } } & (
  { rawQuery: true; resultFormat: 'time_series' | 'table'; query: string; alias?: string } |
  { expr: string; legendFormat: string; range: boolean; instant: boolean });
type Ours = Omit<Dashboard, 'panels'> & { panels: Array<
  RowPanel | As<'stat', stat.Options, {}> | As<'table', table.Options, table.FieldConfig> |
  As<'state-timeline', timeline.Options, timeline.FieldConfig & { spanNulls: false; insertNulls: false }> |
  As<'timeseries', series.Options, series.FieldConfig & { spanNulls: false }>> };
`;

function enumsAsUnions(text) {
  return text.replace(/export declare enum (\w+) \{([^}]*)\}/g, (whole, name, body) => {
    const members = [...body.matchAll(/(\w+) = ("[^"]*")/g)];
    if (members.length === 0) return whole; // numbers need no help
    return `export declare namespace ${name} { ${members.map((m) => `type ${m[1]} = ${m[2]};`).join(' ')} }\n` +
      `export type ${name} = ${members.map((m) => m[2]).join(' | ')};`;
  });
}

const virtual = new Map(files.map((file) => [`${resolve(file)}.ts`, `${header}export const dashboard: Ours = ${readFileSync(file, 'utf8')};\n`]));
const host = ts.createCompilerHost(options);
const read = host.getSourceFile;
host.getSourceFile = (name, ...rest) => {
  const text = virtual.get(name) ?? (name.includes('@grafana/schema') ? enumsAsUnions(readFileSync(name, 'utf8')) : undefined);
  return text === undefined ? read.call(host, name, ...rest) : ts.createSourceFile(name, text, options.target, true);
};
const exists = host.fileExists;
host.fileExists = (name) => virtual.has(name) || exists.call(host, name);

// The imports of the header are relative to the folder of this script.
host.resolveModuleNameLiterals = (literals, from) => literals.map(({ text }) => {
  const at = virtual.has(from) ? import.meta.filename : from;
  return ts.resolveModuleName(text, at, options, host);
});

const program = ts.createProgram([...virtual.keys()], options, host);
const faults = ts.getPreEmitDiagnostics(program);
for (const fault of faults) {
  const text = ts.flattenDiagnosticMessageText(fault.messageText, '\n  ');
  if (!fault.file || !virtual.has(fault.file.fileName)) {
    console.error(`${fault.file?.fileName ?? 'typescript'}: ${text}`);
    continue;
  }
  const { line, character } = fault.file.getLineAndCharacterOfPosition(fault.start);
  const above = header.split('\n').length - 1;
  console.error(`${relative('.', fault.file.fileName).replace(/\.ts$/, '')}:${line + 1 - above}:${character + 1}: ${text}`);
}
console.error(`${files.length} dashboards, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
