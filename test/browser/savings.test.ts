import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picoFromUsd, usdFromPico } from '../../src/core/money.ts';
import { launchChromium, noBrowser } from './chromium.ts';
import { type MockServer, startMockApi } from './mock-api.ts';
import { accessibilityFaults, complaintsOf, overflowPx } from './page-checks.ts';

describe.skipIf(noBrowser)(noBrowser ? `savings (${noBrowser})` : 'savings', () => {
  let mock: MockServer;
  let browser: Browser;

  beforeAll(async () => {
    [mock, browser] = await Promise.all([startMockApi(), launchChromium()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await mock?.close();
  });

  async function open(path: string, width = 1440): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.setDefaultTimeout(20_000);
    await page.goto(mock.url + path);
    await page.locator('h1').waitFor({ state: 'attached' });
    return page;
  }

  it('lead from the overview by lever to the calls, each with what it saved', async () => {
    const page = await open('/?range=7d');
    const complaints = complaintsOf(page);
    await page.getByRole('link', { name: /of bill$/ }).click();
    await page.getByRole('img', { name: /^Bar chart of savings/ }).waitFor();
    expect(new URL(page.url()).search).toBe('?range=7d');
    await page.getByRole('heading', { name: 'By lever' }).waitFor();
    await page.getByRole('link', { name: /calls of compress$/ }).click();
    await page.locator('a[data-call]').first().waitFor();
    expect(new URL(page.url()).search).toBe('?range=7d&lever=compress');
    await page.getByRole('columnheader', { name: 'Saved' }).waitFor();
    await page.locator('a[data-call]').first().click();
    await page.getByRole('heading', { name: 'Saved' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('filter the page by a click, and hold the whole view in the address', async () => {
    const page = await open('/savings');
    await page.getByLabel('Split by').selectOption('team');
    await page.getByRole('button', { name: 'route' }).last().click();
    await page.getByRole('button', { name: 'Remove the filter lever route' }).waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page.getByRole('region', { name: 'Savings over time as a table' }).waitFor();
    expect(new URL(page.url()).search).toBe('?by=team&lever=route&chart=table');
    await page.reload();
    await page.getByRole('heading', { name: 'By team' }).waitFor();
    for (const width of [1440, 1000, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflowPx(page)).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
    }
  });

  it('of caches come with their hit rates, and since the start with what the exact cache holds', async () => {
    const page = await open('/savings?range=7d');
    const caches = page.getByRole('region', { name: 'Caches' });
    await caches.getByText('812 answers, 3.25 MiB of 256 MiB, in each process').waitFor();
    await caches.getByText('32.1% of calls, 28.7% of their cost').waitFor();
    const exact = await caches.getByRole('row', { name: /^Exact/ }).innerText();
    expect(exact).toMatch(/\d%.*\d%.*\$0\.\d+/s);
    await page.goto(`${mock.url}/savings?range=7d&lever=compress`);
    await page.getByRole('heading', { name: 'By lever' }).waitFor();
    expect(await caches.count()).toBe(0);
  });

  it('of a call add up with its cost, to the last digit', async () => {
    const call = mock.state.calls.find(
      ({ decisions }) => decisions.filter(({ savedUsd }) => savedUsd !== undefined).length > 1,
    );
    const page = await open(`/calls/${call?.id}`);
    const table = page.getByRole('table', { name: 'Savings' });
    await table.waitFor();
    const saved = call?.decisions.map(({ savedUsd }) => picoFromUsd(savedUsd ?? '0')) ?? [];
    const without = saved.reduce((sum, one) => sum + one, picoFromUsd(call?.costUsd ?? '0'));
    const text = await table.locator('tfoot td').innerText();
    expect(usdFromPico(picoFromUsd(text.replace('$', '')))).toBe(usdFromPico(without));
  });

  it('are none where no lever is on', async () => {
    const calls = mock.state.calls;
    mock.state.calls = calls.map((call) => ({ ...call, decisions: [] }));
    const page = await open('/savings?range=24h');
    await page.getByRole('heading', { name: 'No lever has saved anything here' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: /30 days/ }).click();
    await expect.poll(() => new URL(page.url()).search).toBe('?range=30d');
    await page.goto(`${mock.url}/`);
    await page.getByRole('link', { name: 'by no lever' }).waitFor();
    mock.state.calls = calls;
  });
});
