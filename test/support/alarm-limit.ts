import { readFile } from 'node:fs/promises';

/**
 * The value of a gauge above which an alarm of deploy/prometheus-rules.yaml is set off.
 *
 * @throws {Error} unless the alarm is one on this gauge: on the greatest value or the amount, and nothing else
 */
export async function alarmLimit(alarm: string, gauge: string): Promise<number> {
  const rules = await readFile('deploy/prometheus-rules.yaml', 'utf8');
  const rule = new RegExp(
    `- alert: ${alarm}\\n +expr: (?:max by \\(\\w+\\) |abs)\\(${gauge}\\) > (\\d+)\\n`,
  ).exec(rules);
  if (!rule) throw new Error(`${alarm} is no alarm on the gauge ${gauge} alone.`);
  return Number(rule[1]);
}
