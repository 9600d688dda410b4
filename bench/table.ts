import { cpus } from 'node:os';

/** Names and values as a Markdown table, under the machine that they were measured on. */
export function table(subject: string, rows: readonly (readonly [string, string])[]): string {
  return [
    `| ${subject}: ${cpus().length} cores, Node ${process.versions.node} | |`,
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
  ].join('\n');
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en');
}
