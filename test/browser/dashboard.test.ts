import { describe } from 'vitest';
import { noBrowser } from './chromium.ts';
import { dashboardSuite } from './dashboard-suite.ts';
import { startMockApi } from './mock-api.ts';

describe.skipIf(noBrowser)(noBrowser ? `dashboard (${noBrowser})` : 'dashboard', () => {
  dashboardSuite('the mock API', async () => {
    const mock = await startMockApi();
    return {
      url: mock.url,
      makeCall: async () => void mock.addCall(),
      close: () => mock.close(),
    };
  });
});
