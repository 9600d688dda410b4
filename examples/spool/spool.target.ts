import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type Delivery, Settings, type TargetType, type TypeAnswer } from '../../src/platform/index.js';

/** What an error of the file system means, as an HTTP server would say it. */
const answers: Readonly<Record<string, TypeAnswer>> = {
  ENOENT: { status: 404, error: 'no such folder' },
  ENOTDIR: { status: 404, error: 'no such folder' },
  EACCES: { status: 403, error: 'folder not writable' },
  EROFS: { status: 403, error: 'folder not writable' },
  ENOSPC: { status: 507, error: 'no space left' },
  EDQUOT: { status: 507, error: 'no space left' },
};

/**
 * Writes each message into a folder, as a file `<webhook-id>.json` of `{"headers", "body"}`. The URL `spool:cases` is
 * the folder `spool/<agency>/cases` in `DATA_DIR`, or `spool/_all/cases` for a target of all agencies; whoever runs the
 * service makes it. So no administrator of an agency reaches another folder than those.
 *
 * A process writes to the folder that it sees: where several deliver, it must be on a file system that they share.
 *
 * A file is there whole or not at all, and stays there after a crash of the machine. A message that comes again
 * replaces its file. Whoever fetches the files goes by `data.version`, as every receiver does.
 */
@Injectable()
export class SpoolTarget implements TargetType {
  readonly schemes = ['spool'];

  constructor(@Inject(Settings) private readonly settings: Pick<Settings, 'dataDirectory'>) {}

  urlProblem({ href }: URL): string | undefined {
    if (/^spool:[a-z0-9][a-z0-9-]{0,62}$/.test(href)) return undefined;
    return 'Must be spool: and the name of a folder, of lower-case letters, digits and hyphens, such as spool:cases.';
  }

  async deliver(delivery: Delivery): Promise<TypeAnswer> {
    // Whatever was saved: a path in it must not lead elsewhere.
    if (this.urlProblem(delivery.url) !== undefined) return { status: 404, error: 'no such folder' };
    try {
      await this.write(delivery);
      return { status: 201 };
    } catch (error) {
      const answer = answers[(error as NodeJS.ErrnoException).code ?? ''];
      if (answer) return answer;
      throw error;
    }
  }

  private async write({ url, agency, headers, body, signal }: Delivery): Promise<void> {
    const folder = join(this.settings.dataDirectory, 'spool', agency ?? '_all', url.pathname);
    const path = join(folder, `${headers['webhook-id']}.json`);
    // Of its own, since another process may be writing the same message. Readers pass over names with a dot in front.
    const draft = join(folder, `.${randomUUID()}`);
    try {
      await writeDurably(draft, JSON.stringify({ headers, body }));
      signal.throwIfAborted();
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncFolder(folder);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name of a file lasts when its folder does. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
