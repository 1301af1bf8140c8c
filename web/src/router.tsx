import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Shell } from './components/shell/Shell.tsx';
import { NotFound } from './pages/NotFound.tsx';
import { Overview } from './pages/overview/Overview.tsx';
import { parseBatch } from './view/batch-view.ts';
import { parseCalls } from './view/calls-view.ts';
import { parseOverview } from './view/overview-view.ts';
import { parseSavings } from './view/savings-view.ts';
import { parseQuery, stringifyQuery } from './view/query-string.ts';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: parseOverview,
  component: Overview,
});

const calls = createRoute({
  getParentRoute: () => root,
  path: '/calls',
  validateSearch: parseCalls,
  component: lazyRouteComponent(() => import('./pages/calls/Calls.tsx'), 'Calls'),
});

const call = createRoute({
  getParentRoute: () => root,
  path: '/calls/$id',
  validateSearch: parseCalls,
  component: lazyRouteComponent(() => import('./pages/call/CallPage.tsx'), 'CallPage'),
});

const savings = createRoute({
  getParentRoute: () => root,
  path: '/savings',
  validateSearch: parseSavings,
  component: lazyRouteComponent(() => import('./pages/savings/Savings.tsx'), 'Savings'),
});

const budgets = createRoute({
  getParentRoute: () => root,
  path: '/budgets',
  component: lazyRouteComponent(() => import('./pages/budgets/Budgets.tsx'), 'Budgets'),
});

const batches = createRoute({
  getParentRoute: () => root,
  path: '/batches',
  component: lazyRouteComponent(() => import('./pages/batches/Batches.tsx'), 'Batches'),
});

const batch = createRoute({
  getParentRoute: () => root,
  path: '/batches/$id',
  validateSearch: parseBatch,
  component: lazyRouteComponent(() => import('./pages/batches/BatchPage.tsx'), 'BatchPage'),
});

const keys = createRoute({
  getParentRoute: () => root,
  path: '/keys',
  component: lazyRouteComponent(() => import('./pages/keys/Keys.tsx'), 'Keys'),
});

const providers = createRoute({
  getParentRoute: () => root,
  path: '/providers',
  component: lazyRouteComponent(() => import('./pages/providers/Providers.tsx'), 'Providers'),
});

const engine = createRoute({
  getParentRoute: () => root,
  path: '/engine',
  component: lazyRouteComponent(() => import('./pages/engine/Engine.tsx'), 'Engine'),
});

export function createDashboardRouter() {
  return createRouter({
    routeTree: root.addChildren([
      overview,
      calls,
      call,
      savings,
      budgets,
      batches,
      batch,
      keys,
      providers,
      engine,
    ]),
    parseSearch: parseQuery,
    stringifySearch: stringifyQuery,
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
  interface HistoryState {
    /** The entry before is the calls table, with its scroll and focus. */
    fromCalls?: boolean;
  }
}
