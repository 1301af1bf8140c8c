import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, noBrowser } from './chromium.ts';
import { type MockServer, startMockApi } from './mock-api.ts';
import { accessibilityFaults, complaintsOf, overflowPx } from './page-checks.ts';

describe.skipIf(noBrowser)(noBrowser ? `batches (${noBrowser})` : 'batches', () => {
  let mock: MockServer;
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 120_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    mock = await startMockApi({ count: 50 });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await mock.close();
  });

  async function open(path: string, width = 1440): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(mock.url + path);
    return page;
  }

  const running = () => mock.state.batches[0]?.id ?? '';

  it('are opened and left from the keyboard, and lead to the calls in the ledger', async () => {
    const page = await open('/batches');
    const complaints = complaintsOf(page);
    await page.locator('a[data-batch]').nth(3).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: running() }).waitFor();
    await page.locator('a[data-call]').first().waitFor();
    await page.getByRole('link', { name: 'its calls in the ledger' }).click();
    await page.getByRole('button', { name: /^Remove the filter session/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: running() }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Batches' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('show their calls by state, with what went wrong, in the address', async () => {
    const page = await open(`/batches/${running()}`);
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.getByText('this call asks for 9').first().waitFor();
    expect(new URL(page.url()).search).toBe('?state=failed');
    expect(await page.locator('.item-table tbody tr').count()).toBe(3);
    await page.reload();
    await page.getByText('this call asks for 9').first().waitFor();
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflowPx(page)).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
    }
  });

  it('are cancelled after a question, and change while one looks', async () => {
    const page = await open(`/batches/${running()}`);
    await page.getByRole('button', { name: 'Cancel batch' }).click();
    await page.getByRole('dialog').getByText('A provider has 120 of its calls').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel batch' }).click();
    await page.getByText('cancelling').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel batch' }).count()).toBe(0);
    mock.state.batches = mock.state.batches.map((batch) =>
      batch.id === running()
        ? { ...batch, status: 'cancelled', failed: 149, endedAt: new Date().toISOString() }
        : batch,
    );
    await page.getByText('240 of 240 done, 149 failed').waitFor();
  });

  it('say why nothing of one could be called, what failed, and which is not there', async () => {
    const page = await open(`/batches/${mock.state.batches[3]?.id}`);
    await page.getByText('Line 1: This line is no JSON object.').waitFor();
    await page.goto(`${mock.url}/batches/batch_0192`);
    await page.getByRole('heading', { name: 'There is no such batch' }).waitFor();
    mock.state.failing = /batches/;
    await page.goto(`${mock.url}/batches`);
    await page.getByRole('alert').getByText('Batches could not be loaded.').waitFor();
    mock.state.failing = null;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('a[data-batch]').first().waitFor();
  });

  it.each([1440, 390])('teach how to make one while there is none, at %i pixels', async (width) => {
    mock.state.batches = [];
    const page = await open('/batches', width);
    await page.getByRole('heading', { name: 'No batch yet' }).waitFor();
    expect(await page.locator('main').innerText()).toContain(`baseURL: '${mock.url}/v1'`);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflowPx(page)).toBe(0);
  });
});
