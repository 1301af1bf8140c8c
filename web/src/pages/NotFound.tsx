import { Link } from '@tanstack/react-router';
import { EmptyState } from '../components/states/EmptyState.tsx';

export function NotFound() {
  return (
    <EmptyState title="There is no such page">
      <p>
        Go to the <Link to="/">overview</Link> or the <Link to="/calls">calls</Link>.
      </p>
    </EmptyState>
  );
}
