import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, noBrowser } from './chromium.ts';
import { type MockServer, startMockApi } from './mock-api.ts';
import { accessibilityFaults, complaintsOf, overflowPx } from './page-checks.ts';

describe.skipIf(noBrowser)(noBrowser ? `dashboard states (${noBrowser})` : 'dashboard states', () => {
  let browser: Browser;
  let mock: MockServer;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    mock = await startMockApi({ count: 300 });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await mock.close();
  });

  async function open(path: string, width = 1440): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 844 } });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(mock.url + path);
    return page;
  }

  it.each([1440, 390])('teaches the first call while there is none, at %i pixels', async (width) => {
    mock.state.calls = [];
    const page = await open('/', width);
    const complaints = complaintsOf(page);
    await page.getByRole('heading', { name: 'Make the first call' }).waitFor();
    for (const client of ['OpenAI Python', 'OpenAI TypeScript', 'Anthropic', 'Gemini', 'curl']) {
      await page.getByRole('tab', { name: client }).click();
      expect(await page.getByRole('tabpanel').innerText()).toContain(mock.url);
    }
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflowPx(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('turns into the overview by itself once a call came', async () => {
    mock.state.calls = [];
    const page = await open('/');
    await page.getByText('Waiting for the first call').waitFor();
    mock.addCall();
    await page.getByRole('heading', { name: 'Spend over time' }).waitFor();
  });

  it('tells filters without calls from a ledger without calls', async () => {
    const page = await open('/calls?team=nobody');
    await page.getByRole('heading', { name: 'No call matches these filters' }).waitFor();
    await page.getByRole('button', { name: 'Show all calls' }).click();
    await page.locator('a[data-call]').first().waitFor();
  });

  it.each([
    ['/', /spend/, 'Spend'],
    ['/calls', /^\/calls$/, 'Calls'],
    ['/keys', /keys/, 'Keys'],
    ['/providers', /about/, 'Providers'],
    ['/engine', /engine/, 'Engine'],
  ])('says on %s what failed and tries again', async (path, failing, what) => {
    mock.state.failing = failing;
    const page = await open(path);
    const alert = page.getByRole('alert');
    await alert.getByText(`${what} could not be loaded.`).waitFor();
    expect(await alert.innerText()).toContain('disk I/O error');
    expect(await alert.innerText()).toContain('answered 500');
    mock.state.failing = null;
    await page.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor({ state: 'detached' });
    await page.locator('.panel').first().waitFor();
  });

  it.each([1440, 390])('teaches how to get a model while there is none, at %i pixels', async (width) => {
    mock.state.engines = [];
    const page = await open('/engine', width);
    const complaints = complaintsOf(page);
    await page.getByRole('heading', { name: 'No model on this machine yet' }).waitFor();
    expect(await page.locator('main').innerText()).toContain(
      'infinite-llm models pull smollm2-135m-instruct',
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflowPx(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('shows where the KV of an engine is, and why another one is not ready', async () => {
    const page = await open('/engine');
    const [, failing] = mock.state.engines;
    const ready = page.getByRole('region', { name: 'local/smollm2-135m-instruct' });
    await ready
      .getByRole('img', { name: /^640 blocks/ })
      .first()
      .waitFor();
    expect(await ready.getByRole('row', { name: /lender-2/ }).innerText()).toContain('96');
    const other = page.getByRole('region', { name: 'local/qwen3-0.6b' });
    expect(await other.innerText()).toContain(failing?.message ?? '-');
    await other.getByText('restarting').waitFor();
  });

  it('keeps the last figures and says so while the server is gone', async () => {
    const page = await open('/');
    await page.getByRole('table').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByText('The server does not answer.').waitFor({ timeout: 20_000 });
    expect(await page.getByRole('table').count()).toBe(1);
  });

  it('asks for an admin key, refuses a wrong one in the server’s words, and goes on with a right one', async () => {
    mock.state.adminKey = 'sk-illm-right';
    const page = await open('/keys');
    const dialog = page.getByRole('dialog', { name: 'Admin key' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByLabel('Key').fill('sk-illm-wrong');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Key').fill('sk-illm-right');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('row', { name: /search-prod/ }).waitFor();
    await page.reload();
    await page.getByRole('row', { name: /search-prod/ }).waitFor();
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain('sk-illm');
  });

  it('sends the admin key on the live stream as well', async () => {
    mock.state.adminKey = 'sk-illm-right';
    const page = await open('/calls?live=true');
    await page.getByLabel('Key', { exact: true }).fill('sk-illm-right');
    await page.keyboard.press('Enter');
    await page.locator('.live-toggle[data-state=live]').waitFor();
    const call = mock.addCall();
    await page.locator(`a[data-call="${call.id}"]`).waitFor();
  });

  it('lets new calls wait while one reads further down', async () => {
    const page = await open('/calls?live=true');
    await page.locator('.live-toggle[data-state=live]').waitFor();
    await page.locator('a[data-call]').nth(40).scrollIntoViewIfNeeded();
    const call = mock.addCall();
    await page.getByRole('button', { name: '1 new call' }).click();
    await page.locator(`a[data-call="${call.id}"]`).waitFor();
    expect(await page.evaluate('window.scrollY')).toBe(0);
  });

  it('loads older calls as one scrolls, each once', async () => {
    const page = await open('/calls');
    await page.locator('a[data-call]').first().waitFor();
    for (let i = 0; i < 6; i += 1) await page.mouse.wheel(0, 8000).then(() => page.waitForTimeout(120));
    await page.getByText('These are all.').waitFor();
    const ids = await page
      .locator('a[data-call]')
      .evaluateAll((links) => links.map((link) => link.getAttribute('data-call')));
    expect(ids).toEqual(mock.state.calls.map(({ id }) => id));
  });

  it('says what everyone must know before the figures', async () => {
    const { about } = mock.state;
    mock.state.about = {
      ...about,
      demo: true,
      ...(about.store && { store: { ...about.store, healthy: false, journaledRows: 1234 } }),
      ...(about.config && {
        config: { ...about.config, error: 'infinite-llm.yaml:12: providers.openai.keys is no list' },
      }),
    };
    const page = await open('/');
    const banners = page.getByRole('status').first();
    await banners.getByText('Simulated provider and traffic.').waitFor();
    expect(await banners.innerText()).toContain('infinite-llm.yaml:12');
    expect(await banners.innerText()).toContain('1,234 so far');
  });

  it('marks calls without a price and counts them beside the figures', async () => {
    mock.addCall({
      unpriced: true,
      costUsd: null,
      costParts: [],
      status: 'ok',
      unpricedReason: 'No list knows x/y.',
    });
    const page = await open('/');
    await page.getByRole('link', { name: /\d+ unpriced/ }).click();
    await page.locator('tbody').getByText('unpriced').first().waitFor();
    expect(new URL(page.url()).search).toBe('?range=24h&unpriced=true');
    await page.locator('tbody a').first().click();
    await page.getByRole('heading', { level: 1, name: /Unpriced/ }).waitFor();
    await page.getByText('No list knows x/y. The call is in no sum.').waitFor();
  });

  it('holds its layout while it loads', async () => {
    mock.state.delayMs = 1200;
    const page = await open('/');
    const top = async (selector: string) => (await page.locator(selector).first().boundingBox())?.y;
    await page.locator('.skeleton').first().waitFor();
    const before = [await top('.chart-panel'), await top('.breakdown')];
    await page.locator('.chart-canvas canvas').waitFor();
    await page.locator('.breakdown .group-name').first().waitFor();
    expect([await top('.chart-panel'), await top('.breakdown')]).toEqual(before);
  });

  it('stands still for those who asked for less motion', async () => {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    const page = await context.newPage();
    mock.state.delayMs = 3000;
    await page.goto(mock.url);
    await page.locator('.skeleton').first().waitFor();
    const duration = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('.skeleton')).animationDuration",
    );
    expect(Number.parseFloat(duration)).toBeLessThan(0.001);
  });
});
