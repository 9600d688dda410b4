import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** What the page showed of an answer. */
export interface ShownAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Starts Chromium, the one that `CHROMIUM` names or Debian's. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(executablePath))
    throw new Error(`There is no browser at ${executablePath}; install Chromium, or name one in CHROMIUM.`);
  // Root, as whom containers run, has no sandbox.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** The documentation page, as somebody uses it who looks at it in a browser. */
export class DocsPage {
  /** Requests to other hosts, and errors of scripts. */
  readonly trouble: string[] = [];

  private constructor(readonly page: Page) {}

  /** Opens it, and waits until its operations are there. */
  static async open(
    browser: Browser,
    url: string,
    look: { dark: boolean; width: number },
  ): Promise<DocsPage> {
    const page = await browser.newPage({
      colorScheme: look.dark ? 'dark' : 'light',
      viewport: { width: look.width, height: 900 },
    });
    page.setDefaultTimeout(60_000);
    const docs = new DocsPage(page);
    page.on('pageerror', ({ message }) => docs.trouble.push(message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
        docs.trouble.push(request.url());
    });
    await page.goto(`${url}/api/docs`);
    await page.locator('.opblock').first().waitFor();
    return docs;
  }

  /** Types a token into the field for it. */
  async authorize(token: string): Promise<void> {
    await this.page.locator('.btn.authorize').click();
    await this.page.locator('.auth-container input').fill(token);
    await this.page.locator('.auth-container button[type=submit]').click();
    await this.page.locator('.auth-container .btn-done').click();
  }

  /** Opens an operation, such as `post /api/policies`. */
  async operation(method: string, path: string): Promise<Locator> {
    const block = this.page.locator(`.opblock-${method}:has([data-path="${path}"])`);
    await block.locator('.opblock-summary-control').click();
    await block.locator('.execute').waitFor();
    return block;
  }

  /** Sends the form of an operation, and reads what the page shows of the answer. */
  async execute(block: Locator): Promise<ShownAnswer> {
    const answered = this.page.waitForResponse((response) => response.request().resourceType() === 'fetch');
    await block.locator('.execute').click();
    await answered;
    const shown = block.locator('.live-responses-table .response').first();
    const status = Number.parseInt(await shown.locator('.response-col_status').innerText(), 10);
    const text = await shown.locator('.response-col_description .highlight-code code').first().innerText();
    return { status, body: JSON.parse(text) as Record<string, unknown> };
  }

  /** Whether it is shown in dark colours. */
  async isDark(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.classList.contains("dark-mode")');
  }

  /** What the page says it cannot show. */
  async errors(): Promise<string[]> {
    return this.page.locator('.errors-wrapper .error-wrapper').allInnerTexts();
  }

  /** Whether everything is within the width of the window. */
  async fits(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
  }

  /** Takes a picture into the folder that `SCREENSHOTS` names, if it names one. */
  async picture(name: string, of: Page | Locator = this.page): Promise<void> {
    const folder = process.env['SCREENSHOTS'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await of.screenshot({ path: join(folder, `${name}.png`) });
  }
}
