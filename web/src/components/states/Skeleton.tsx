/** Holds the place of what is loading, in the size it will have. */
export function Skeleton({
  width = '100%',
  height = '1em',
}: {
  readonly width?: string;
  readonly height?: string;
}) {
  return <span className="skeleton" style={{ width, height }} aria-hidden="true" />;
}

export function SkeletonRows({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row}>
          {Array.from({ length: columns }, (_, column) => (
            <td key={column} className={column === 0 ? undefined : 'num'}>
              <Skeleton width={column === 0 ? `${60 - ((row * 17) % 30)}%` : '3.5em'} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
