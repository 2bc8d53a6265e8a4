/**
 * What came of the examples of a notebook, one after the other.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';
import type { HttpPreview, IVerdict } from '../../../model/preview';
import type { Endpoint } from '../../../protocol';
import { BoundedWidget, millisecondsText, type IViewContext } from '../../../view';

/** Run all examples of some endpoints, and show which hold. */
export async function showVerdicts(
  view: IViewContext,
  http: HttpPreview,
  endpoints: readonly Endpoint[]
): Promise<void> {
  const { trans } = view;
  const body = BoundedWidget.of(view, <Verdicts view={view} http={http} endpoints={endpoints} />);
  body.addClass('nl-Verdicts');
  await showDialog<void>({
    title: trans.__('Examples'),
    body,
    buttons: [Dialog.cancelButton({ label: trans.__('Close') })],
    hasClose: true
  });
}

function Verdicts(props: {
  readonly view: IViewContext;
  readonly http: HttpPreview;
  readonly endpoints: readonly Endpoint[];
}): JSX.Element {
  const { view, http, endpoints } = props;
  const { trans } = view;
  const [verdicts, setVerdicts] = React.useState<readonly IVerdict[]>([]);
  const [failure, setFailure] = React.useState('');
  const asked = React.useMemo(
    () =>
      endpoints.flatMap(endpoint =>
        http.examples(endpoint).map(example => ({ endpoint, example }))
      ),
    []
  );
  React.useEffect(() => {
    let isShown = true;
    const run = async (): Promise<void> => {
      for (const { endpoint, example } of asked) {
        if (!isShown) {
          return;
        }
        const verdict = await http.check(endpoint, example);
        setVerdicts(before => [...before, verdict]);
      }
    };
    run().catch((reason: unknown) => setFailure(String((reason as Error).message)));
    return () => {
      isShown = false;
    };
  }, []);
  const held = verdicts.filter(each => each.status && !each.error).length;
  if (asked.length === 0) {
    return <p>{trans.__('No endpoint has an example yet: save one in the preview.')}</p>;
  }
  return (
    <>
      <p role="status">
        {failure || trans.__('%1 of %2 have run, %3 hold', verdicts.length, asked.length, held)}
      </p>
      <ul role="list" aria-label={trans.__('Examples')}>
        {verdicts.map(({ endpoint, example, status, durationMs, error }, index) => (
          <li key={index} data-failed={error || !status ? true : undefined}>
            <strong>{status && !error ? trans.__('✓ holds') : trans.__('✗ fails')}</strong>{' '}
            <code>{endpoint.key}</code> {example.name}{' '}
            <span>
              {status
                ? trans.__('%1, %2', status, millisecondsText(durationMs, trans))
                : trans.__('no answer')}
            </span>
            {error ? <p>{error}</p> : null}
          </li>
        ))}
      </ul>
    </>
  );
}
