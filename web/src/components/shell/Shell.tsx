import './shell.css';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { parseFilters } from '../../view/filters.ts';
import {
  BatchIcon,
  BudgetIcon,
  CallsIcon,
  ChipIcon,
  KeyIcon,
  OverviewIcon,
  SavingsIcon,
  ServerIcon,
} from '../icons.tsx';
import { isFocusFree } from '../keyboard.ts';
import { AdminKeyPrompt } from './AdminKeyPrompt.tsx';
import { Banners } from './Banners.tsx';
import { Brand } from './Brand.tsx';
import { ThemeToggle } from './ThemeToggle.tsx';

/** What is around every page: the way to the others, what is wrong with the server, and the prompt for a key. */
export function Shell() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);

  // Whoever follows a link by keyboard or screen reader goes on reading at the new page's start.
  useEffect(() => {
    if (before.current !== path && isFocusFree()) main.current?.focus();
    before.current = path;
  }, [path]);

  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="topbar">
        <Brand />
        <Navigation />
        <a className="docs-link" href="/api/docs">
          API
        </a>
        <ThemeToggle />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Banners />
        <Outlet />
      </main>
      <AdminKeyPrompt />
    </>
  );
}

function Navigation() {
  const search = useRouterState({ select: ({ location }) => location.search });
  const filters = parseFilters({ ...search });
  return (
    <nav aria-label="Pages" className="nav">
      <Link to="/" search={filters} activeOptions={{ exact: true, includeSearch: false }}>
        <OverviewIcon />
        Overview
      </Link>
      <Link to="/calls" search={filters} activeOptions={{ includeSearch: false }}>
        <CallsIcon />
        Calls
      </Link>
      <Link to="/savings" search={filters} activeOptions={{ includeSearch: false }}>
        <SavingsIcon />
        Savings
      </Link>
      <Link to="/budgets">
        <BudgetIcon />
        Budgets
      </Link>
      <Link to="/batches">
        <BatchIcon />
        Batches
      </Link>
      <Link to="/keys">
        <KeyIcon />
        Keys
      </Link>
      <Link to="/providers">
        <ServerIcon />
        Providers
      </Link>
      <Link to="/engine">
        <ChipIcon />
        Engine
      </Link>
    </nav>
  );
}
