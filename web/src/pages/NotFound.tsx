import { Link } from '@tanstack/react-router';
import { EmptyState } from '../components/states/EmptyState.tsx';

export function NotFound() {
  return (
    <div className="page">
      <EmptyState title="There is no such page" wholePage>
        <p>
          Go to the <Link to="/">overview</Link> or the <Link to="/calls">calls</Link>.
        </p>
      </EmptyState>
    </div>
  );
}
