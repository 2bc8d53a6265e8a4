/**
 * The data frames that the kernel of a notebook holds: asked for without running anything of the
 * user's, and without a value of them.
 */
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IFrame } from './attachments';

const MOST_CHARACTERS = 20_000_000;
const MOST_COLUMNS = 60;

const LISTED = `[[n, type(v).__module__.split('.')[0], list(v.shape), [[str(c), str(t)] for c, t in list(zip(v.columns, v.dtypes))[:${MOST_COLUMNS}]]] for n, v in list(globals().items()) if n.isidentifier() and n[0] != '_' and type(v).__name__ == 'DataFrame' and hasattr(v, 'dtypes') and hasattr(v, 'shape')]`;

/** The data frames of a kernel. Raises where it is busy, or no Python. */
export async function framesOf(
  kernel: Kernel.IKernelConnection,
  trans: TranslationBundle
): Promise<readonly IFrame[]> {
  const expression = `__import__('json').dumps(${LISTED})`;
  const told: unknown = JSON.parse(await evaluate(kernel, expression, trans));
  return (told as [string, string, number[], [string, string][]][]).map(
    ([name, kind, shape, columns]) => ({ name, kind, shape, columns })
  );
}

/** The values of a data frame, as CSV. Raises where they are too many. */
export async function valuesOf(
  kernel: Kernel.IKernelConnection,
  name: string,
  trans: TranslationBundle
): Promise<Blob> {
  const csv = `(${name}.to_csv(index=type(${name}.index).__name__ != 'RangeIndex') if hasattr(${name}, 'to_csv') else ${name}.write_csv())`;
  const text = await evaluate(
    kernel,
    `(lambda t: t if len(t) <= ${MOST_CHARACTERS} else '')(${csv})`,
    trans
  );
  if (!text) {
    throw new Error(trans.__('The values of %1 are more than %2 MB.', name, MOST_CHARACTERS / 1e6));
  }
  return new Blob([text], { type: 'text/csv' });
}

/** What an expression for a text is in a kernel. Nothing is printed or counted there. */
async function evaluate(
  kernel: Kernel.IKernelConnection,
  expression: string,
  trans: TranslationBundle
): Promise<string> {
  if (kernel.status !== 'idle') {
    throw new Error(trans.__('The kernel of the notebook is not free.'));
  }
  const reply = await kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    allow_stdin: false,
    user_expressions: {
      told: `__import__('base64').b64encode((${expression}).encode()).decode()`
    }
  }).done;
  const { status, user_expressions } = reply.content as {
    readonly status: string;
    readonly user_expressions?: Readonly<Record<string, unknown>>;
  };
  const { data, evalue } = (user_expressions?.told ?? {}) as {
    readonly data?: Readonly<Record<string, unknown>>;
    readonly evalue?: string;
  };
  const quoted = data?.['text/plain'];
  if (status !== 'ok' || typeof quoted !== 'string') {
    throw new Error(evalue ?? trans.__('The kernel of the notebook tells of no data frames.'));
  }
  const bytes = Uint8Array.from(atob(quoted.replace(/^['"]|['"]$/g, '')), each =>
    each.charCodeAt(0)
  );
  return new TextDecoder().decode(bytes);
}
