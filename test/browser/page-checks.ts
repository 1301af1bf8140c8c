import type { Page } from 'playwright-core';

/** What every page must hold, found in its DOM: an empty list when all is well. Runs in the browser. */
export function accessibilityFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate(`(() => {
    const faults = [];
    const visible = (el) => el.getClientRects().length > 0;
    const words = (ids) => (ids ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('');
    const nameOf = (el) =>
      (el.getAttribute('aria-label') ?? '') || words(el.getAttribute('aria-labelledby')) ||
      [...(el.labels ?? [])].map((label) => label.textContent).join('') || el.textContent;
    for (const el of document.querySelectorAll('button, a[href], input, select, summary, [role=img], [role=dialog], dialog[open], nav, [role=listbox], [role=tablist], section'))
      if (visible(el) && !(nameOf(el) ?? '').trim()) faults.push('no name: ' + el.outerHTML.slice(0, 120));
    for (const el of document.querySelectorAll('table'))
      if (!el.caption || !el.querySelector('th[scope=col]')) faults.push('table without caption or column heads');
    const ids = [...document.querySelectorAll('[id]')].map((el) => el.id);
    for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) faults.push('id twice: ' + id);
    for (const el of document.querySelectorAll('[aria-controls], [aria-activedescendant]'))
      for (const id of [el.getAttribute('aria-activedescendant')].filter(Boolean))
        if (!document.getElementById(id)) faults.push('points at nothing: ' + id);
    if (document.querySelectorAll('h1').length !== 1) faults.push('not exactly one h1');
    if (document.querySelectorAll('main').length !== 1) faults.push('not exactly one main');
    if (!document.documentElement.lang) faults.push('no language');
    if (document.querySelector('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])')) faults.push('positive tabindex');
    return faults;
  })()`);
}

/** Pixels by which the page is wider than the window. */
export function overflowPx(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Collects what the browser complains about while `page` lives. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}
