/** How a call gets its team, user and tags. */
export function AttributionHelp() {
  return (
    <section className="help" aria-label="How calls are attributed">
      <h2>Whose call is it?</h2>
      <dl>
        <div>
          <dt>By its key</dt>
          <dd>
            A key gives its calls a team, a user and tags. One key a service and environment is a good start.
          </dd>
        </div>
        <div>
          <dt>By its tags</dt>
          <dd>
            <code>x-illm-tags: feature=search,env=prod</code> on a request, or OpenAI's <code>metadata</code>.
            Each name is a way to split spend.
          </dd>
        </div>
        <div>
          <dt>By its end user and session</dt>
          <dd>
            OpenAI's <code>user</code>, Anthropic's <code>metadata.user_id</code>, and{' '}
            <code>x-illm-session</code> for calls that belong together.
          </dd>
        </div>
      </dl>
    </section>
  );
}
