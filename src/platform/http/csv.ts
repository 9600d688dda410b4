/**
 * First characters by which a spreadsheet takes a cell for a formula (OWASP, CSV injection), the full-width
 * ones included, which some turn into the others.
 */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;
const special = /[",\r\n]/;

/**
 * A line of comma-separated values (RFC 4180). A text that a spreadsheet would run as a formula gets an
 * apostrophe in front.
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = formulaStart.test(value) ? `'${value}` : value;
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
