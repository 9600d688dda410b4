import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Document {
  info: { version: string };
  paths: Record<string, Record<string, unknown>>;
}

describe('The comparison with the released document', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hms-release-'));
  const released = read();

  /** Compares as `npm run openapi:diff` does: against openapi.json with a change. */
  function compare(change: (document: Document) => void): { status: number | null; output: string } {
    const document = read();
    change(document);
    const [before, after] = [join(directory, 'before.json'), join(directory, 'after.json')];
    writeFileSync(before, JSON.stringify(released));
    writeFileSync(after, JSON.stringify(document));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['contract/compare-release.mjs', before, after],
      { encoding: 'utf8' },
    );
    return { status, output: stdout + stderr };
  }
  const withoutDelete = ({ paths }: Document): void => {
    delete paths['/api/policies/{id}']?.['delete'];
  };

  afterAll(() => rmSync(directory, { recursive: true }));

  it('passes while nothing is released, and what is as it was', () => {
    const none = spawnSync(process.execPath, ['contract/compare-release.mjs', join(directory, 'none.json')]);
    expect(none.status).toBe(0);
    expect(compare(() => undefined).status).toBe(0);
  });

  it('fails for what breaks clients, and names it', () => {
    const { status, output } = compare(withoutDelete);
    expect(status).toBe(1);
    expect(output).toContain('info.version stayed');
    expect(output).toContain('/api/policies/{id}');
  });

  it('passes where the version says that clients break', () => {
    const { status } = compare((document) => {
      withoutDelete(document);
      const [major = 0, minor = 0] = document.info.version.split('.').map(Number);
      document.info.version = major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
    });
    expect(status).toBe(0);
  });
});

function read(): Document {
  return JSON.parse(readFileSync('openapi.json', 'utf8')) as Document;
}
