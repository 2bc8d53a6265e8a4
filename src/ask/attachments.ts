/**
 * What goes with a question: files, and data frames of a notebook's kernel.
 */

/** Something that goes with a question. */
export interface IAttachment {
  /** What it is called on the page. */
  readonly name: string;
  /** Its file in the session. */
  readonly file: string;
  /** Where it lies among the user's files; null where it came from elsewhere. */
  readonly path: string | null;
  /** What the model is told of it, in the language that models are asked in. */
  readonly told: string;
  /** Its bytes; missing where they are not shared. */
  readonly read?: () => Promise<Blob>;
}

/** A data frame, as its kernel describes it: no value of it. */
export interface IFrame {
  readonly name: string;
  readonly kind: string;
  readonly shape: readonly number[];
  /** Names and dtypes of the columns, the first of them. */
  readonly columns: readonly (readonly [string, string])[];
}

/** A file of the user's, or from their disk. */
export function fileAttachment(
  name: string,
  path: string | null,
  read: () => Promise<Blob>
): IAttachment {
  return { name, file: name, path, told: `The file ${name} is in the working folder.`, read };
}

/** A data frame. Without `read` its values stay where they are. */
export function frameAttachment(frame: IFrame, read?: () => Promise<Blob>): IAttachment {
  const { name, kind, shape, columns } = frame;
  const file = `${name}.csv`;
  const listed = columns.map(([column, dtype]) => `${column} (${dtype})`).join(', ');
  const left = (shape[1] ?? columns.length) - columns.length;
  const about = `My notebook has the ${kind} data frame ${name}, ${shape.join(' × ')}, with the columns ${listed}${left > 0 ? ` and ${left} more` : ''}.`;
  const rest = read
    ? `Its values are in the file ${file} of the working folder.`
    : 'Its values are not shared: it is not there when code runs.';
  return { name, file, path: null, told: `${about} ${rest}`, ...(read && { read }) };
}
