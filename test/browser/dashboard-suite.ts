import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { accessibilityFaults, complaintsOf, overflowPx } from './page-checks.ts';

/** A running server with the built dashboard and some hundred calls of the last day. */
export interface DashboardServer {
  readonly url: string;
  /** Makes one more call go through it. */
  makeCall(): Promise<void>;
  close(): Promise<void>;
}

const PAGES = ['/', '/calls', '/savings', '/budgets', '/batches', '/keys', '/providers', '/engine'] as const;
const START_MS = 180_000;
/** For eight pages one after the other, on a busy machine. */
const ALL_PAGES_MS = 120_000;
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** What the dashboard must do on any server: run against a mock of the API, and against the real one. */
export function dashboardSuite(name: string, start: () => Promise<DashboardServer>): void {
  describe(`the dashboard on ${name}`, () => {
    let server: DashboardServer;
    let browser: Browser;

    beforeAll(async () => {
      [server, browser] = await Promise.all([start(), launchChromium()]);
    }, START_MS);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    });

    async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ viewport: SIZES.desktop, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(server.url + path);
      await page.locator('h1').waitFor({ state: 'attached' });
      return page;
    }

    async function openCalls(): Promise<Page> {
      const page = await open('/calls');
      await page.locator('tbody a').nth(2).waitFor();
      return page;
    }

    const callId = async (page: Page) => await page.locator('a[data-call]').first().getAttribute('data-call');

    describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
      it.each(Object.keys(SIZES) as (keyof typeof SIZES)[])(
        'shows every page on a %s without a fault',
        { timeout: ALL_PAGES_MS },
        async (size) => {
          const page = await open('/calls', { colorScheme, viewport: SIZES[size] });
          const complaints = complaintsOf(page);
          await page.locator('a[data-call]').first().waitFor();
          for (const path of [...PAGES, `/calls/${await callId(page)}`]) {
            await page.goto(server.url + path);
            await page.waitForLoadState('networkidle');
            await page.locator('.panel, .empty-state').first().waitFor();
            expect(await accessibilityFaults(page), path).toEqual([]);
            expect(await overflowPx(page), path).toBe(0);
          }
          expect(complaints).toEqual([]);
        },
      );
    });

    it('keeps the whole view in the address, for reloads and the way back', async () => {
      const page = await open('/');
      await page.getByRole('button', { name: '7d' }).click();
      await page.getByLabel('Split by').selectOption('team');
      await page.getByRole('columnheader', { name: 'Calls' }).getByRole('button').click();
      const address = new URL(page.url());
      expect(address.search).toBe('?range=7d&by=team&sort=calls&dir=desc');
      await page.reload();
      await page.getByRole('heading', { name: 'By team' }).waitFor();
      expect(await page.getByRole('button', { name: '7d' }).getAttribute('aria-pressed')).toBe('true');
      expect(await page.getByRole('columnheader', { name: 'Calls' }).getAttribute('aria-sort')).toBe(
        'descending',
      );
      await page.goBack();
      await page.goBack();
      await page.getByRole('heading', { name: 'By model' }).waitFor();
      await page.goForward();
      await page.getByRole('heading', { name: 'By team' }).waitFor();
    });

    it('drills down by a click and takes the filters along to the calls', async () => {
      const page = await open('/?range=30d');
      const first = page.getByRole('table').getByRole('rowheader').first();
      const model = (await first.innerText()).trim();
      await first.getByRole('button').click();
      await page.getByRole('heading', { name: 'By team' }).waitFor();
      expect(new URL(page.url()).searchParams.get('model')).toBe(model);
      await page.getByRole('link', { name: 'Calls', exact: true }).click();
      await page.locator('tbody a').first().waitFor();
      const search = new URL(page.url()).searchParams;
      expect([search.get('model'), search.get('range')]).toEqual([model, '30d']);
      await page.getByRole('button', { name: `Remove the filter model ${model}` }).click();
      await expect.poll(() => new URL(page.url()).search).toBe('?range=30d');
    });

    it('shows the chart as a table too', async () => {
      const page = await open('/?range=7d');
      await page.getByRole('img', { name: /^Bar chart of spend/ }).waitFor();
      await page.getByRole('button', { name: 'Table', exact: true }).click();
      await page.getByRole('columnheader', { name: 'When' }).waitFor();
      expect(new URL(page.url()).search).toBe('?range=7d&chart=table');
    });

    it('is used from the keyboard: filter, walk, open, come back', async () => {
      const page = await openCalls();
      await page.keyboard.press('/');
      await page.keyboard.type('status ok');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Remove the filter status ok' }).waitFor();
      expect(new URL(page.url()).search).toBe('?status=ok');
      await page.locator('.panel:not(.is-stale) tbody a').first().waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      await page.keyboard.press('j');
      const second = await page.locator('a[data-call]').nth(1).getAttribute('data-call');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Timeline' }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/calls/${second}`);
      await page.keyboard.press('Escape');
      await page.locator('tbody a').first().waitFor();
      expect(new URL(page.url()).search).toBe(`?status=ok&selected=${second}`);
      await expect.poll(() => page.evaluate('document.activeElement.dataset.call')).toBe(second);
    });

    it('skips to the content and moves the focus visibly', async () => {
      const page = await open('/keys');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    });

    it('explains a call to the last digit', async () => {
      const page = await open('/calls?status=ok&range=30d');
      // Some calls are free, such as counting tokens, and have no bill.
      const paid = page.locator('tbody tr', { hasText: /\$[\d,.]*[1-9]/ }).first();
      await paid.locator('a').first().click();
      const bill = page.getByRole('table', { name: 'Cost parts' });
      await bill.waitFor();
      const amounts = await bill.locator('td.bill-cost').allInnerTexts();
      const pico = amounts.map((text) => {
        const [whole = '', fraction = ''] = text.replaceAll(/[$,]/g, '').trim().split('.');
        return BigInt(whole + fraction.padEnd(12, '0'));
      });
      const total = pico.pop();
      expect(pico.reduce((sum, one) => sum + one, 0n)).toBe(total);
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(amounts.at(-1)?.trim());
      await page.getByText('Arrived').waitFor();
    });

    it('adds calls as they end', async () => {
      const page = await openCalls();
      await page.getByRole('button', { name: 'Live' }).click();
      await page.locator('.live-toggle[data-state=live]').waitFor();
      const before = await callId(page);
      await server.makeCall();
      await expect.poll(() => callId(page), { timeout: 10_000 }).not.toBe(before);
      expect(await page.locator('tr.is-fresh').count()).toBeGreaterThan(0);
      expect(new URL(page.url()).search).toBe('?live=true');
    });

    it('remembers the theme and needs no reload for it', async () => {
      const page = await open('/', { colorScheme: 'light' });
      const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      const light = await ground();
      await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
      const dark = await ground();
      expect(dark).not.toBe(light);
      await page.reload();
      await page.getByRole('button', { name: 'Switch to the light theme' }).waitFor();
      expect(await ground()).toBe(dark);
    });

    it('creates a key, shows its secret once, and revokes it', async () => {
      const page = await open('/keys');
      const key = `browser-${Date.now()}`;
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill(key);
      await page.getByLabel('Tags on each of its calls').fill('env=test');
      await page.getByLabel('Budget in dollars').fill('ten');
      await page.getByRole('button', { name: 'Create key' }).click();
      await page.getByText('Write dollars below ten million').waitFor();
      await page.getByLabel('Budget in dollars').fill('2.50');
      await page.getByLabel('For each').selectOption('day');
      await page.getByLabel('Requests / min').fill('60');
      await page.getByRole('button', { name: 'Create key' }).click();
      const secret = await page.locator('.secret code').innerText();
      expect(secret).toMatch(/^sk-illm-[0-9A-Za-z]{40}$/);
      await page.getByRole('button', { name: 'Done' }).click();
      expect(await page.content()).not.toContain(secret);
      const row = page.getByRole('row', { name: new RegExp(key) });
      await row.getByText('env=test').waitFor();
      await row.getByText(/\$2\.50 a day/).waitFor();
      await row.getByText('60 requests/min').waitFor();
      await row.getByRole('button', { name: `Revoke ${key}` }).click();
      await page.getByRole('button', { name: 'Revoke key' }).click();
      await expect.poll(() => page.getByRole('button', { name: `Revoke ${key}` }).count()).toBe(0);
      await page.getByText(/revoked or expired/).click();
      await page.getByRole('row', { name: new RegExp(`${key}.*revoked`) }).waitFor();
    });

    it('says so when an address leads nowhere', async () => {
      const page = await open('/no/such/page');
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      await page.goto(`${server.url}/calls/0192f000-0000-7000-8000-0000000000ff`);
      await page.getByRole('heading', { name: 'There is no such call' }).waitFor();
    });
  });
}
