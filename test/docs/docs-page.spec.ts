import type { Browser } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { DocsPage, startBrowser } from '../support/docs-page.js';
import { faintTexts } from '../support/faint-texts.js';

let service: TestApp;
let browser: Browser;

beforeAll(async () => {
  [service, browser] = await Promise.all([startApp(), startBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await service?.close();
});

describe('the documentation page', () => {
  it('lists, makes and changes policies with a token, and shows why a request was refused', async () => {
    const docs = await DocsPage.open(browser, service.url, { dark: false, width: 1280 });

    const list = await docs.operation('get', '/api/policies');
    expect(await docs.execute(list)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    await docs.authorize(service.token());

    const create = await docs.operation('post', '/api/policies');
    await create.locator('textarea').first().fill('{"id": "123", "title": "Winter heating allowance"}');
    expect(await docs.execute(create)).toMatchObject({ status: 201, body: { id: '123', version: 1 } });
    await docs.picture('create', create);

    expect(await docs.execute(list)).toMatchObject({ status: 200, body: { items: [{ id: '123' }] } });

    const update = await docs.operation('put', '/api/policies/{id}');
    await update.getByPlaceholder('id', { exact: true }).fill('123');
    await update.locator('textarea').first().fill('{"summary": "Helps to pay for heating."}');
    expect(await docs.execute(update)).toMatchObject({ status: 200, body: { id: '123', version: 2 } });

    await update.locator('textarea').first().fill('{"title": ""}');
    expect(await docs.execute(update)).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/title' }] },
    });
    await docs.picture('refused', update);
    expect([...docs.trouble, ...(await docs.errors())]).toEqual([]);
    await docs.page.close();
  });

  it.each([
    { dark: false, width: 1280 },
    { dark: false, width: 390 },
    { dark: true, width: 1280 },
    { dark: true, width: 390 },
  ])('fits its window and keeps to the colours that are wished for (%j)', async (look) => {
    const docs = await DocsPage.open(browser, service.url, look);
    const name = `${look.dark ? 'dark' : 'light'}-${look.width}`;
    await docs.picture(name);
    expect(await docs.isDark()).toBe(look.dark);
    expect(await docs.fits()).toBe(true);
    for (const method of ['get', 'put', 'delete']) {
      const operation = await docs.operation(method, '/api/policies/{id}');
      await operation.locator('.responses-inner').waitFor();
      await docs.picture(`${name}-${method}`, operation);
      expect(await operation.evaluate(faintTexts)).toEqual([]);
    }
    expect(await docs.fits()).toBe(true);
    expect([...docs.trouble, ...(await docs.errors())]).toEqual([]);
    await docs.page.close();
  });

  it('keeps the token while the page is loaded anew', async () => {
    const docs = await DocsPage.open(browser, service.url, { dark: false, width: 1280 });
    await docs.authorize(service.token());
    await docs.page.reload();
    const list = await docs.operation('get', '/api/policies');
    expect(await docs.execute(list)).toMatchObject({ status: 200 });
    await docs.page.close();
  });
});
