import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { aboutQuery } from '../../api/queries.ts';
import { BrandMark } from '../icons.tsx';

export function Brand() {
  const { data } = useQuery(aboutQuery());
  return (
    <Link to="/" className="brand" aria-label="infinite-llm, overview">
      <BrandMark />
      <span className="brand-name">infinite-llm</span>
      {data && <span className="brand-version">{data.version}</span>}
    </Link>
  );
}
