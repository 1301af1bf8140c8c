import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { adminKeyRefusal, onAdminKeyChange } from './api/admin-key.ts';
import { ApiError } from './api/request.ts';
import { createDashboardRouter } from './router.tsx';

const MOST_RETRIES = 2;

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused it would refuse again; what it could not do is worth another try.
      retry: (failures, error) =>
        failures < MOST_RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      retryDelay: (failures) => 400 * 2 ** failures,
    },
  },
});

// A new key may be allowed what the old one was not.
onAdminKeyChange(() => {
  if (adminKeyRefusal() === null) void queryClient.resetQueries();
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={createDashboardRouter()} />
    </QueryClientProvider>
  </StrictMode>,
);
